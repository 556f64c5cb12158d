[(compound_statement) (field_declaration_list) (enumerator_list) (initializer_list) (case_statement)] @block
[(statement) (declaration) (field_declaration) (type_definition) (function_definition) (preproc_include)
 (preproc_def) (preproc_function_def)] @statement

[(function_definition) (compound_statement) (for_statement)] @scope
(field_declaration_list) @scope @members

[(string_literal) (char_literal) (system_lib_string)] @string
(comment) @comment

(preproc_include path: (_) @import.source) @import

((function_definition declarator: (function_declarator declarator: (identifier) @definition.name)
  body: (_) @definition.body) @definition (#set! kind "function"))
((function_definition declarator: (pointer_declarator declarator: (function_declarator
  declarator: (identifier) @definition.name)) body: (_) @definition.body) @definition (#set! kind "function"))
((declaration declarator: [
    (function_declarator declarator: (identifier) @definition.name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @definition.name))
  ]) @definition (#set! kind "function"))
((struct_specifier name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((union_specifier name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((enum_specifier name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((type_definition declarator: [
    (type_identifier) @definition.name
    (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (_) @definition.name)))
  ]) @definition (#set! kind "type"))
((preproc_def name: (_) @definition.name) @definition (#set! kind "constant"))
((preproc_function_def name: (_) @definition.name) @definition (#set! kind "function"))
((enumerator name: (_) @definition.name) @definition (#set! kind "constant"))
((declaration declarator: [
    (identifier) @definition.name
    (init_declarator declarator: [(identifier) @definition.name (_ declarator: (identifier) @definition.name)])
    (pointer_declarator declarator: (identifier) @definition.name)
    (array_declarator declarator: (identifier) @definition.name)
  ]) @definition (#set! kind "variable"))
((field_declaration declarator: [
    (field_identifier) @definition.name
    (_ declarator: (field_identifier) @definition.name)
    (function_declarator declarator: (parenthesized_declarator (_ declarator: (field_identifier) @definition.name)))
  ]) @definition (#set! kind "field"))

(parameter_list) @parameters
(parameter_declaration declarator: [
  (identifier) @parameter
  (_ declarator: (identifier) @parameter)
  (_ declarator: (_ declarator: (identifier) @parameter))
])

(call_expression function: (_) @call.name arguments: (argument_list) @call.arguments) @call
(field_expression argument: (_) @member.object field: (_) @member.name) @member
