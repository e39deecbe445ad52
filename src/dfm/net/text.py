"""The text form of a net: for people to read, for sites to be sent, for fingerprints.

    net "warming" at institute_a
    params $, $first
    receive node7 from hub
    node0 = climate.LoadField(scenario="A1B", first=$first)
    node1 = radar/climate.Mean(field=node0[0].values) after $
    node1_0 = let node1[0]
    node1_done = signal node1
    send node1_0 to hub
    loop node3 of node1 counting node3_count with hub
        node4 = climate.Smooth(field=node3) retries 2 on TimeoutError
        yield yield0 "smooth" = node4 of 5
    gives node6 = list node4
    end
    if node7 > 3 and not node1 then node8 else node8_else
    node9 = climate.Draw(fields=node6) when node8

`parse_net(format_net(net)) == net` for every net, and nets that differ have texts that differ.
A name that is no plain word, or is a word of the grammar where one may stand, is in backquotes,
escaped as in JSON. Reading a net runs nothing: sealed literals stay sealed, and operations are
only names.

    net        = 'net' STRING 'at' name NEWLINE 'params' [places] NEWLINE scope
    scope      = {'receive' name 'from' name NEWLINE} {(line | loop) NEWLINE}
    line       = name '=' operation '(' [argument {',' argument}] ')' [after] [when] options [of]
               | name '=' 'ask' operation '(' [argument {',' argument}] ')' [of]
               | name '=' 'let' template [after] [when]
               | name '=' 'signal' name
               | name '=' 'join' [places]
               | name '=' 'previous' name 'else' name
               | name '=' 'store' template '=' template ['for' name] [after] [when] [of]
               | 'lookup' template 'hit' name 'miss' name [after] [when] [of]
               | 'if' condition 'then' name 'else' name [after] [when] [of]
               | 'send' name 'to' name
               | 'yield' name STRING '=' template [after] [when] ['said' name] [of]
    loop       = 'loop' name ['from' name] ['of' ref] ['along' STRING] 'counting' name
                 ['at' 'most' NUMBER] ['with' places] [after] [when] [of] NEWLINE
                 scope {'gives' name '=' give NEWLINE} 'end'
    give       = 'list' name | 'last' name 'else' name | 'end' [places]
    after      = 'after' places
    when       = 'when' name
    of         = 'of' (NUMBER | STRING | 'null')
    options    = ['retries' NUMBER] ['on' dotted {',' dotted}] ['backoff' NUMBER]
                 ['timeout' NUMBER] ['cached']
    condition  = all {'or' all}
    all        = negation {'and' negation}
    negation   = 'not' negation | operand [('==' | '!=' | '<' | '<=' | '>' | '>=') operand]
    operand    = '(' condition ')' | ('and' | 'or') '(' [condition {',' condition}] ')' | template
    template   = JSON with refs in it, NaN and Infinity
               | 'sealed' '(' BASE64 {',' ref} ',' STRING ')'
    ref        = name {'[' (NUMBER | STRING) ']' | '.' name}
    operation  = [name '/'] dotted
    dotted     = name {'.' name}
    argument   = name '=' template
    places     = name {',' name}

What is left out is what is usual. `of` says to which node of the author's a line belongs; it is
left out if its place is named after that node (a lookup's, with `_hit`), and at a yield if there
is none. `from` says which site leads a loop; it is left out at the one that does. `and (a)` is
for an `And` of fewer than two parts.
"""

from __future__ import annotations

from dfm.net.lexemes import MAX_BITS, MAX_DEPTH
from dfm.net.text_read import parse_net
from dfm.net.text_values import format_condition, format_template, has_text_form
from dfm.net.text_write import format_net, format_transition

__all__ = [
    "MAX_BITS",
    "MAX_DEPTH",
    "format_condition",
    "format_net",
    "format_template",
    "format_transition",
    "has_text_form",
    "parse_net",
]
