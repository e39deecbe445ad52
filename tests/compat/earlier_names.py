"""The public names of nv-dfm-core, module by module, and what became of each.

Listed from the names, signatures and defaults that its users see. `GONE` are the names that have
no home here, each with the reason; `dfm migrate` reports the code that uses one.
"""

from typing import Any

PREFIX = "nv_dfm_core"

NAMES = {
    "dfm.api": """
        StopToken ErrorToken Advise PlaceParam NodeId make_auto_id well_known_id NodeRef Atom
        BooleanExpression BooleanExpressionVisitor ComparisonExpression Equal GreaterThan
        GreaterThanOrEqual LessThan LessThanOrEqual And Not NotEqual Or BestOf PipelineBuildHelper
        Pipeline PreparedPipeline Block Located Statement Expression Operation Yield NodeParam
        PickledObject TryFromCache ForEach If ApiVisitor WriteToCache DISCOVERY_PLACE_NAME
        STATUS_PLACE_NAME
    """,
    "dfm.api.discovery": """
        EdgeT FieldAdvice BranchFieldAdvice SingleFieldAdvice ErrorFieldAdvice PartialFieldAdvice
        PartialError
    """,
    "dfm.api.pydantic": "PolymorphicBaseModel",
    "dfm.exec": """
        DfmContext Frame FsspecConfig Provider SecretsVault SecretsVaultConfig Site
        assert_valid_runtime_module load_fed_runtime_module load_site_runtime_module
        site_name_to_identifier
    """,
    "dfm.exec.discovery": """
        AdviceBuilder AdvisedDateRange AdvisedDict AdvisedError AdvisedLiteral AdvisedOneOf
        AdvisedSubsetOf AdvisedValue Okay field_advisor
    """,
    "dfm.session": """
        AsyncioDispatcher CallbackDispatcher CallbackRunner DfmDataCallback DfmDataCallbackAsync
        DfmDataCallbackSync DirectDispatcher Job JobStatus ManualCallbackRunner ManualDispatcher
        Session callbacks_kind call_callbacks call_callbacks_async configure_session_logging
    """,
    "dfm.targets.local": "FederationRunner JobExecution JobHandle JobRunner JobSubmission",
}

PETRI = "how a net is run is no public matter here: sites run the net as data, by `NetRunner`"
WIRE = "what travels between sites is packed by `dfm.wire`, and no program packs it itself"

GONE = {
    "dfm.exec": {
        "Activation": PETRI,
        "activate_when_places_ready": PETRI,
        "TransitionTryActivateFunc": PETRI,
        "FlowInfo": PETRI,
        "Net": PETRI,
        "NetRunner": PETRI,
        "Place": PETRI,
        "QueuePlace": PETRI,
        "ControlPlace": PETRI,
        "CountingPlace": PETRI,
        "Router": PETRI,
        "JobController": PETRI,
        "PanicError": "whatever goes wrong at a site is an error of `dfm.errors`",
        "TokenPackage": WIRE,
        "any_object_to_tagged_json_value": WIRE,
        "tagged_json_value_to_object": WIRE,
    },
    "dfm.session": {
        "SessionDelegate": "a target is a class of its own: see `dfm.targets.base.Target`",
    },
    "dfm.targets.local": {
        "LocalJob": "a job is a `dfm.session.Job`, whatever the target",
        "LocalRouter": PETRI,
        "LocalSessionDelegate": "the target is `LocalTarget`; sessions make it by its name",
    },
    "dfm.gen": {
        "modgen": "no code is generated to run a pipeline, so there is nothing to look at",
        "irgen": "pipelines are compiled by `session.prepare`; `session.explain` shows the plan",
    },
}

PARAMETERS = {
    "dfm.api:NodeId.to_ref": ["self", "sel", "issubs"],
    "dfm.api:Expression.fieldref": ["self", "selector", "issubs"],
    "dfm.api:Pipeline.save_to_file": ["pipeline"],
    "dfm.api:ErrorToken.from_exception": [],
    "dfm.api:PreparedPipeline.check_input_params": ["self"],
    "dfm.api:PreparedPipeline.check_callbacks": ["self", "places", "logger"],
    "dfm.api:PreparedPipeline.bind_net_ir": ["self", "site", "params"],
    "dfm.api:PreparedPipeline.bind_net_irs": ["self", "params"],
    "dfm.session:Session.connect": ["self", "debug"],
    "dfm.session:Session.close": ["self", "debug"],
    "dfm.session:Session.prepare": ["self", "pipeline", "restrict_to_sites", "debug"],
    "dfm.session:Session.execute": [
        "self",
        "pipeline",
        "input_params",
        "autostop",
        "default_callback",
        "place_callbacks",
        "debug",
    ],
    "dfm.session:Job.wait_until_finished": ["self", "timeout"],
    "dfm.session:callbacks_kind": ["default_callback", "place_callbacks"],
    "dfm.session:Session.reattach": ["self", "job_id", "default_callback", "place_callbacks"],
    "dfm.session:CallbackRunner": ["default_callback", "place_callbacks"],
    "dfm.session:CallbackDispatcher.create_runner": [
        "self",
        "default_callback",
        "place_callbacks",
    ],
    "dfm.session:configure_session_logging": ["force_enable"],
    "dfm.session:AsyncioDispatcher": ["loop"],
    "dfm.exec:Site": ["dfm_context", "cache_config", "secrets_vault_config"],
    "dfm.exec:Site.cache_storage": ["self", "subpath"],
    "dfm.exec:Site.secret_for_key": ["self", "key"],
    "dfm.exec:Site.telemetry_span": ["self", "name", "attributes"],
    "dfm.exec:Provider": ["site"],
    "dfm.exec:SecretsVault": ["prefix"],
    "dfm.exec:FsspecConfig": ["protocol", "storage_options", "base_path"],
    "dfm.exec:SecretsVaultConfig": ["path", "args"],
    "dfm.exec:load_fed_runtime_module": ["federation_name"],
    "dfm.exec:load_site_runtime_module": ["federation_name", "site"],
    "dfm.exec.discovery:field_advisor": ["field", "order"],
    "dfm.exec.discovery:AdvisedLiteral": ["value", "break_on_advice"],
    "dfm.exec.discovery:AdvisedOneOf": ["values", "break_on_advice", "split_on_advice"],
    "dfm.exec.discovery:AdvisedSubsetOf": ["values", "break_on_advice", "split_on_advice"],
}

FIELDS: dict[str, dict[str, Any]] = {
    "dfm.api:Pipeline": {"dfm_body": [], "api_version": "", "mode": "execute", "name": None},
    "dfm.api:Yield": {"place": "yield", "multiuse": False},
    "dfm.api:PlaceParam": {"tag": "@dfm-place-param", "multiuse": False},
    "dfm.api:NodeId": {"tag": "@dfm-node"},
    "dfm.api:NodeRef": {"sel": None, "issubs": True},
    "dfm.api:BestOf": {"tag": "@dfm-best-of", "sites": None},
    "dfm.api:Advise": {"tag": "@dfm-advise", "advise": "Field"},
    "dfm.api:StopToken": {"token": "@dfm-stop-token"},
    "dfm.api:ErrorToken": {"token": "@dfm-error-token"},
    "dfm.api:PickledObject": {"tag": "__dfm__pickled__"},
}

ATTRIBUTES = {
    "dfm.api:PreparedPipeline": """
        api_version federation_module homesite pipeline_name net_irs get_participating_sites
        has_param_places check_input_params check_callbacks bind_net_ir bind_net_irs
    """,
    "dfm.api:PipelineBuildHelper": """
        build_helper_active enter_pipeline exit_pipeline get_fresh_node_id push_block pop_block
        get_current_block
    """,
    "dfm.api:ApiVisitor": """
        visit_pipeline visit_yield visit_if visit_for_each visit_try_from_cache
        visit_write_to_cache visit_operation
    """,
    "dfm.api:BooleanExpressionVisitor": """
        visit_and visit_or visit_not visit_equal visit_not_equal visit_greater_than
        visit_greater_than_or_equal visit_less_than visit_less_than_or_equal visit_atom
    """,
    "dfm.api:Pipeline": "load_from_file save_to_file model_dump_json model_validate_json accept",
    "dfm.api.discovery:FieldAdvice": """
        has_good_options collect_into collect_error_messages select
    """,
    "dfm.exec:DfmContext": """
        api_version federation_name this_site_runtime_module this_site homesite logger job_id
    """,
    "dfm.exec:Site": """
        dfm_context api_version federation_name site cache_storage secret_for_key telemetry_span
    """,
    "dfm.exec:SecretsVault": "secret_for_key from_config",
    "dfm.exec:Frame": """
        stop_frame start_frame input_paramset_index is_stop_frame with_loop_inc with_pushed_scope
        with_popped_scope parent is_ancestor_of
    """,
    "dfm.session:Job": """
        job_id get_status wait_until_finished cancel send_input_params send_stop_frame
        callback_runner detach was_found
    """,
    "dfm.session:Session": """
        connect close prepare execute homesite federation_name logger callback_dispatcher
        reattach
    """,
    "dfm.session:CallbackRunner": "dispatch start stop",
    "dfm.session:CallbackDispatcher": "create_runner",
    "dfm.session:ManualCallbackRunner": "process_pending process_pending_async has_pending",
    "dfm.session:JobStatus": "SUBMITTED RUNNING FINISHED ABORTED UNKNOWN",
}
