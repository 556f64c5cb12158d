[(section) (list) (fenced_code_block) (block_quote)] @block
[(paragraph) (atx_heading) (setext_heading) (list_item) (fenced_code_block) (html_block) (pipe_table)] @statement
(html_block) @comment

((section . (atx_heading heading_content: (_) @definition.name)) @definition (#set! kind "section"))
((setext_heading heading_content: (_) @definition.name) @definition (#set! kind "section"))
