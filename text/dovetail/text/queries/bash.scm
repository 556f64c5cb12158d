[(compound_statement) (do_group) (if_statement) (elif_clause) (else_clause) (case_statement) (case_item) (subshell)] @block
(_statement) @statement
(function_definition) @scope

[(string) (raw_string) (heredoc_body) (ansi_c_string)] @string
[(expansion) (command_substitution) (simple_expansion)] @interpolation
(comment) @comment

((command name: (command_name) @_source . argument: (_) @import.source) @import (#any-of? @_source "source" "."))

((function_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((variable_assignment name: (variable_name) @definition.name) @definition (#set! kind "variable"))

(for_statement variable: (variable_name) @local)

(command name: (_) @call.name argument: (_) @call.arguments) @call
