; inherits: _ocaml
[(structure) (do_clause) (object_expression) (match_case) (let_expression)] @block
[(value_definition) (open_module) (include_module) (method_definition) (instance_variable_definition) (match_case)] @statement
(sequence_expression (_) @statement)
[(let_binding) (let_expression) (fun_expression) (match_case) (for_expression) (class_binding) (method_definition)] @scope
(structure) @scope @members

[(quoted_string) (character)] @string

(open_module module: (_) @import.source) @import
(include_module module: (_) @import.source) @import

((let_binding pattern: (value_name) @definition.name (parameter) body: (_) @definition.body) @definition
  (#set! kind "function"))
((let_binding pattern: (value_name) @definition.name) @definition (#set! kind "variable"))
((module_binding (module_name) @definition.name body: (structure) @definition.body) @definition (#set! kind "module"))
((method_definition (method_name) @definition.name) @definition (#set! kind "method"))

(let_binding pattern: (tuple_pattern (value_name) @local))
(for_expression name: (value_pattern) @local)
(match_case pattern: [(value_pattern) @local (_ (value_pattern) @local)])

(parameter) @parameters
(parameter pattern: [(value_pattern) @parameter (_ pattern: (value_pattern) @parameter)])

(application_expression function: (_) @call.name argument: (_) @call.arguments) @call
(field_get_expression record: (_) @member.object field: (_) @member.name) @member
(value_path (module_path) @member.object (value_name) @member.name) @member
