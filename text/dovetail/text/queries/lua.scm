[(block) (table_constructor)] @block
[(return_statement) (variable_declaration) (function_declaration) (if_statement) (for_statement)
 (while_statement) (repeat_statement) (do_statement) (goto_statement) (break_statement)] @statement
(block [(assignment_statement) (function_call)] @statement)
(chunk [(assignment_statement) (function_call)] @statement)

[(function_declaration) (function_definition) (for_statement) (while_statement) (repeat_statement) (do_statement)
 (if_statement) (elseif_statement) (else_statement)] @scope

(string) @string
(comment) @comment

((variable_declaration (assignment_statement (variable_list name: (identifier) @import.name)
   (expression_list value: (function_call name: (identifier) @_require
     arguments: (arguments (string) @import.source))))) @import (#eq? @_require "require"))

((function_declaration name: (identifier) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((function_declaration name: [
    (dot_index_expression table: (_) @definition.parent field: (_) @definition.name)
    (method_index_expression table: (_) @definition.parent method: (_) @definition.name)
  ] body: (_) @definition.body) @definition (#set! kind "method"))
((assignment_statement (variable_list name: (identifier) @definition.name)) @definition (#set! kind "variable"))
((variable_declaration (variable_list name: (identifier) @definition.name)) @definition (#set! kind "variable"))

(for_generic_clause (variable_list name: (identifier) @local))
(for_numeric_clause name: (identifier) @local)

(parameters) @parameters
(parameters name: (identifier) @parameter)

(function_call name: (_) @call.name arguments: (arguments) @call.arguments) @call
(dot_index_expression table: (_) @member.object field: (_) @member.name) @member
(method_index_expression table: (_) @member.object method: (_) @member.name) @member
