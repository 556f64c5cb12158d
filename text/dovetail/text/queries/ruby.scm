[(body_statement) (block_body) (then) (else) (do) (do_block) (block) (begin) (case)] @block
[(method) (singleton_method) (class) (module) (singleton_class) (assignment) (operator_assignment) (if) (unless)
 (while) (until) (for) (case) (begin) (if_modifier) (unless_modifier) (return)] @statement
(body_statement (_) @statement)
(then (_) @statement)
(block_body (_) @statement)
(program (_) @statement)

[(method) (singleton_method) (do_block) (block) (lambda)] @scope
[(class) (module) (singleton_class)] @scope @members

[(string) (string_array) (symbol_array) (regex) (heredoc_body) (subshell)] @string
(interpolation) @interpolation
(comment) @comment

((call method: (identifier) @_require arguments: (argument_list . (string (string_content) @import.source))) @import
  (#any-of? @_require "require" "require_relative" "load" "autoload"))

((method name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((method name: (_) @definition.name) @definition (#set! kind "function"))
((singleton_method name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((class name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((class name: (_) @definition.name) @definition (#set! kind "class"))
((module name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "module"))
((assignment left: (constant) @definition.name) @definition (#set! kind "constant"))
((assignment left: [(identifier) (class_variable) (global_variable)] @definition.name) @definition (#set! kind "variable"))

(assignment left: (instance_variable) @local)
(left_assignment_list [(identifier) @local (rest_assignment (identifier) @local)])
(for pattern: (identifier) @local)
(exception_variable (identifier) @local)

[(method_parameters) (block_parameters) (lambda_parameters)] @parameters
(method_parameters [(identifier) @parameter (_ name: (identifier) @parameter)])
(block_parameters [(identifier) @parameter (_ name: (identifier) @parameter)])
(lambda_parameters [(identifier) @parameter (_ name: (identifier) @parameter)])

(call method: (_) @call.name arguments: (argument_list) @call.arguments) @call
(call receiver: (_) @member.object method: (_) @member.name) @member
