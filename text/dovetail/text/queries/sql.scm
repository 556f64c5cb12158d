[(column_definitions) (subquery) (function_body) (create_query)] @block
(statement) @statement
(column_definition) @statement
(statement) @scope

((literal) @string (#match? @string "^['\"]"))
[(comment) (marginalia)] @comment

((create_table (object_reference name: (_) @definition.name) (column_definitions) @definition.body) @definition
  (#set! kind "type"))
((create_view (object_reference name: (_) @definition.name) (create_query) @definition.body) @definition (#set! kind "type"))
((create_function (object_reference name: (_) @definition.name) (function_body) @definition.body) @definition
  (#set! kind "function"))
((create_index column: (_) @definition.name) @definition (#set! kind "section"))
((column_definition name: (_) @definition.name) @definition (#set! kind "field"))

(cte . (identifier) @local)
(relation alias: (_) @local)
(term alias: (_) @local)
(relation (object_reference name: (_) @local))

(function_arguments) @parameters
(function_argument . (identifier) @parameter)

(invocation (object_reference) @call.name . "(" @call.arguments) @call
(field (object_reference) @member.object name: (_) @member.name) @member
