[(do_block) (else_block) (rescue_block) (after_block) (catch_block) (stab_clause) (anonymous_function)] @block
(do_block (_) @statement)
(body (_) @statement)
(source (_) @statement)

((call target: (identifier) @_keyword) @scope (#any-of? @_keyword "def" "defp" "defmacro" "defmacrop" "for" "with"))
[(anonymous_function) (stab_clause)] @scope

[(string) (charlist) (sigil)] @string
(interpolation) @interpolation
(comment) @comment

((call target: (identifier) @_keyword (arguments . (alias) @import.source @import.name)) @import
  (#any-of? @_keyword "alias" "import" "require" "use"))
((call target: (identifier) @_keyword (arguments . (dot left: (alias) @import.source right: (tuple (alias) @import.name)))) @import
  (#any-of? @_keyword "alias" "import" "require" "use"))

((call target: (identifier) @_keyword (arguments (alias) @definition.name) (do_block) @definition.body) @definition
  (#any-of? @_keyword "defmodule" "defprotocol" "defimpl") (#set! kind "module"))
((call target: (identifier) @_keyword (arguments . [
    (call target: (identifier) @definition.name)
    (identifier) @definition.name
    (binary_operator left: (call target: (identifier) @definition.name))
  ]) (do_block) @definition.body) @definition
  (#any-of? @_keyword "def" "defp" "defmacro" "defmacrop") (#set! kind "function"))
((call target: (identifier) @_keyword (arguments . [
    (call target: (identifier) @definition.name)
    (identifier) @definition.name
    (binary_operator left: (call target: (identifier) @definition.name))
  ] (keywords) @definition.body)) @definition
  (#any-of? @_keyword "def" "defp" "defmacro" "defmacrop") (#set! kind "function"))
((unary_operator "@" operand: (call target: (identifier) @definition.name (arguments (_)))) @definition
  (#not-match? @definition.name "^(moduledoc|doc|spec|type|typep|typedoc|impl|callback)$") (#set! kind "constant"))

(binary_operator left: (identifier) @local operator: "=")
(binary_operator left: (tuple (identifier) @local) operator: "=")
(binary_operator left: (identifier) @local operator: "<-")

((call target: (identifier) @_keyword (arguments . (call (arguments) @parameters)))
  (#any-of? @_keyword "def" "defp" "defmacro" "defmacrop"))
((call target: (identifier) @_keyword (arguments . [
    (call (arguments [(identifier) @parameter (binary_operator left: (identifier) @parameter)]))
    (binary_operator left: (call (arguments (identifier) @parameter)))]))
  (#any-of? @_keyword "def" "defp" "defmacro" "defmacrop"))
(stab_clause left: (arguments (identifier) @parameter))
(stab_clause left: (binary_operator left: (arguments (identifier) @parameter)))

(call target: (_) @call.name (arguments) @call.arguments) @call
(dot left: (_) @member.object right: (_) @member.name) @member
