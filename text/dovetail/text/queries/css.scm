[(block) (keyframe_block_list)] @block
[(declaration) (rule_set) (media_statement) (keyframes_statement) (supports_statement) (import_statement)
 (keyframe_block) (at_rule)] @statement
(string_value) @string
[(comment) (js_comment)] @comment

(import_statement [(string_value) @import.source (call_expression (arguments (_) @import.source))]) @import

((rule_set (selectors) @definition.name (block) @definition.body) @definition (#set! kind "section"))
((keyframes_statement (keyframes_name) @definition.name) @definition (#set! kind "section"))
((declaration (property_name) @definition.name) @definition (#match? @definition.name "^--") (#set! kind "constant"))

(call_expression (function_name) @call.name (arguments) @call.arguments) @call
