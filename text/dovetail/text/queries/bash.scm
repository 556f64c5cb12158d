[(compound_statement) (do_group) (if_statement) (elif_clause) (else_clause) (case_statement) (case_item) (subshell)] @block
[(command) (declaration_command) (unset_command) (test_command) (pipeline) (list) (redirected_statement)
 (variable_assignment) (if_statement) (while_statement) (for_statement) (c_style_for_statement) (case_statement)
 (case_item) (function_definition) (subshell)] @statement
(function_definition) @scope

[(string) (raw_string) (heredoc_body) (ansi_c_string)] @string
[(expansion) (command_substitution) (simple_expansion)] @interpolation
(comment) @comment

((command name: (command_name) @_source . argument: (_) @import.source) @import (#any-of? @_source "source" "."))

((function_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((variable_assignment name: (variable_name) @definition.name) @definition (#set! kind "variable"))

(for_statement variable: (variable_name) @local)

(command name: (_) @call.name argument: (_) @call.arguments) @call
