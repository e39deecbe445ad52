"""What an author writes: pipelines of operations, and the values that stand in them.

Nothing here runs an operation, chooses a site or talks to one.
"""

from dfm.api.blocks import check_blocks
from dfm.api.branches import Else, If, Join
from dfm.api.caches import TryFromCache, WriteToCache
from dfm.api.expressions import (
    And,
    Atom,
    BooleanExpression,
    BooleanExpressionVisitor,
    ComparisonExpression,
    Equal,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    Not,
    NotEqual,
    Or,
)
from dfm.api.flow import check_flow
from dfm.api.loops import Collect, ForEach, Reduce
from dfm.api.markers import Advise, BestOf, PlaceParam
from dfm.api.nodes import NodeId, NodeRef, make_auto_id, well_known_id
from dfm.api.operations import FederatedOperation, operation_class
from dfm.api.pickled import PickledObject
from dfm.api.pipeline import Pipeline
from dfm.api.reach import check_scopes
from dfm.api.rules import check_ids, check_places, check_rules
from dfm.api.scope import PipelineBuildHelper
from dfm.api.statement import Block, Expression, NodeParam, Statement
from dfm.api.statements import Located, Operation, Yield
from dfm.api.tokens import ErrorInfo, ErrorToken, StopToken
from dfm.api.visitor import ApiVisitor
from dfm.net.frame import Frame
from dfm.net.model import DISCOVERY_PLACE_NAME, STATUS_PLACE_NAME
from dfm.net.prepared import PreparedPipeline

__all__ = [
    "DISCOVERY_PLACE_NAME",
    "STATUS_PLACE_NAME",
    "Advise",
    "And",
    "ApiVisitor",
    "Atom",
    "BestOf",
    "Block",
    "BooleanExpression",
    "BooleanExpressionVisitor",
    "Collect",
    "ComparisonExpression",
    "Else",
    "Equal",
    "ErrorInfo",
    "ErrorToken",
    "Expression",
    "FederatedOperation",
    "ForEach",
    "Frame",
    "GreaterThan",
    "GreaterThanOrEqual",
    "If",
    "Join",
    "LessThan",
    "LessThanOrEqual",
    "Located",
    "NodeId",
    "NodeParam",
    "NodeRef",
    "Not",
    "NotEqual",
    "Operation",
    "Or",
    "PickledObject",
    "Pipeline",
    "PipelineBuildHelper",
    "PlaceParam",
    "PreparedPipeline",
    "Reduce",
    "Statement",
    "StopToken",
    "TryFromCache",
    "WriteToCache",
    "Yield",
    "check_blocks",
    "check_flow",
    "check_ids",
    "check_places",
    "check_rules",
    "check_scopes",
    "make_auto_id",
    "operation_class",
    "well_known_id",
]
