(element (start_tag)) @block
[(script_element) (style_element)] @block
[(element) (script_element) (style_element) (doctype)] @statement
[(quoted_attribute_value)] @string
(comment) @comment

((script_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value) @import.source))) @import
  (#eq? @_key "src"))
((element (start_tag (tag_name) @_tag (attribute (attribute_name) @_key (quoted_attribute_value) @import.source))) @import
  (#eq? @_tag "link") (#eq? @_key "href"))

((element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @definition.name))))
  @definition (#eq? @_key "id") (#set! kind "section"))
