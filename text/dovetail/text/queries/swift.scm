[(function_body) (class_body) (enum_class_body) (protocol_body) (computed_property) (lambda_literal) (statements)
 (switch_statement)] @block
(statements (_) @statement)
[(property_declaration) (function_declaration) (init_declaration) (deinit_declaration) (class_declaration)
 (protocol_declaration) (typealias_declaration) (import_declaration) (enum_entry) (switch_entry)] @statement

[(function_declaration) (init_declaration) (lambda_literal) (for_statement) (if_statement) (while_statement)
 (catch_block) (switch_entry) (computed_property)] @scope
[(class_body) (enum_class_body) (protocol_body)] @scope @members

[(line_string_literal) (multi_line_string_literal) (raw_string_literal)] @string
(interpolated_expression) @interpolation
[(comment) (multiline_comment)] @comment

(import_declaration (identifier (simple_identifier) @import.name .) @import.source) @import

((class_declaration name: [(type_identifier) (user_type)] @definition.name body: (_) @definition.body) @definition
  (#set! kind "class"))
((protocol_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((typealias_declaration . (type_identifier) @definition.name) @definition (#set! kind "type"))
; The name is what follows, the body what comes last. By the names of their fields it takes 350 ms to compile, not 20.
((function_declaration "func" . (_) @definition.name (_) @definition.body .) @definition (#set! kind "function"))
((protocol_function_declaration "func" . name: (_) @definition.name) @definition (#set! kind "method"))
((init_declaration "init" @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((property_declaration name: (pattern bound_identifier: (_) @definition.name)) @definition (#set! kind "variable"))
((enum_entry name: (simple_identifier) @definition.name) @definition (#set! kind "constant"))

(for_statement item: (pattern bound_identifier: (_) @local))
(property_declaration name: (pattern (pattern (simple_identifier) @local)))
(if_statement bound_identifier: (simple_identifier) @local)
(catch_block error: (pattern bound_identifier: (_) @local))

(parameter) @parameters
(parameter name: (simple_identifier) @parameter)
; Apart from that of `if`, as each takes long to compile.
(guard_statement bound_identifier: (simple_identifier) @local)
(lambda_parameter name: (simple_identifier) @parameter)

(call_expression . (_) @call.name (call_suffix (value_arguments) @call.arguments)) @call
(navigation_expression target: (_) @member.object suffix: (navigation_suffix suffix: (_) @member.name)) @member
