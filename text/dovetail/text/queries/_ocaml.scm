; What implementations and interfaces share.
(signature) @block
[(value_specification) (type_definition) (exception_definition) (module_definition) (module_type_definition)
 (class_definition) (external)] @statement
(string) @string
(comment) @comment

((type_binding name: (_) @definition.name) @definition (#set! kind "type"))
((constructor_declaration (constructor_name) @definition.name) @definition (#set! kind "constant"))
((field_declaration (field_name) @definition.name) @definition (#set! kind "field"))
((value_specification (value_name) @definition.name) @definition (#set! kind "function"))
((external (value_name) @definition.name) @definition (#set! kind "function"))
((module_binding (module_name) @definition.name) @definition (#set! kind "module"))
((module_type_definition (module_type_name) @definition.name body: (_) @definition.body) @definition (#set! kind "module"))
((class_binding (class_name) @definition.name) @definition (#set! kind "class"))
