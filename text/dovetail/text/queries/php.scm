[(compound_statement) (declaration_list) (enum_declaration_list) (switch_block) (case_statement) (default_statement)
 (match_block)] @block
[(statement) (method_declaration) (property_declaration) (const_declaration) (use_declaration)] @statement

[(function_definition) (method_declaration) (anonymous_function) (arrow_function)] @scope
[(class_declaration) (interface_declaration) (trait_declaration) (enum_declaration)] @scope @members

[(string) (encapsed_string) (heredoc) (nowdoc)] @string
(encapsed_string [(variable_name) (member_access_expression)] @interpolation)
(comment) @comment

(namespace_use_declaration (namespace_use_clause !alias (qualified_name (name) @import.name) @import.source)) @import
(namespace_use_declaration (namespace_name) @import.source (namespace_use_group)) @import
(namespace_use_group (namespace_use_clause !alias (name) @import.name))
(namespace_use_clause alias: (name) @import.name)
(expression_statement [(require_once_expression (_) @import.source) (require_expression (_) @import.source)
                       (include_expression (_) @import.source) (include_once_expression (_) @import.source)]) @import

((class_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((trait_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((interface_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((enum_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((function_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((method_declaration name: (_) @definition.name) @definition (#set! kind "method"))
((method_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((property_declaration (property_element name: (_) @definition.name)) @definition (#set! kind "field"))
((const_declaration (const_element . (name) @definition.name)) @definition (#set! kind "constant"))
((enum_case name: (_) @definition.name) @definition (#set! kind "constant"))
((assignment_expression left: (variable_name) @definition.name) @definition (#set! kind "variable"))

(foreach_statement (variable_name) @local .)
(foreach_statement (pair (variable_name) @local))
(foreach_statement (_) (variable_name) @local)
(catch_clause name: (variable_name) @local)
(list_literal (variable_name) @local)
(global_declaration (variable_name) @local)
(anonymous_function_use_clause (variable_name) @local)

(formal_parameters) @parameters
(formal_parameters (_ name: (variable_name) @parameter))

(function_call_expression function: (_) @call.name arguments: (_) @call.arguments) @call
(member_call_expression name: (_) @call.name arguments: (_) @call.arguments) @call
(scoped_call_expression name: (_) @call.name arguments: (_) @call.arguments) @call
(object_creation_expression (_) @call.name (arguments) @call.arguments) @call
(member_access_expression object: (_) @member.object name: (_) @member.name) @member
(member_call_expression object: (_) @member.object name: (_) @member.name) @member
(scoped_call_expression scope: (_) @member.object name: (_) @member.name) @member
