[(block_mapping) (block_sequence) (flow_mapping) (flow_sequence)] @block
[(block_mapping_pair) (block_sequence_item)] @statement
[(double_quote_scalar) (single_quote_scalar) (block_scalar)] @string
(comment) @comment

((document (block_node (block_mapping (block_mapping_pair key: (_) @definition.name) @definition))) (#set! kind "section"))
((document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
   (block_mapping_pair key: (_) @definition.name) @definition)))))) (#set! kind "field"))
((anchor (anchor_name) @definition.name) @definition (#set! kind "constant"))
