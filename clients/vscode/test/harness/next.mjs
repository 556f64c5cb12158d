// A server of a next-edit model (Sweep's, as vLLM serves it) on loopback. `reply` turns the window that the model is shown into
// what it says should stand there.
import http from 'node:http';

export async function nextServer(reply) {
  const asked = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      const answer = (status, value) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
      if (request.method === 'GET') {
        if (request.url === '/v1/models') answer(200, { data: [{ id: 'sweep-next-edit-1.5b', owned_by: 'vllm' }] });
        else answer(404, {});
        return;
      }
      asked.push(JSON.parse(body));
      const { prompt } = asked.at(-1);
      const window = prompt.split('<|file_sep|>current/').at(-1).replace(/^.*\n/, '').split('<|file_sep|>updated/')[0].replace('<|cursor|>', '');
      const prefill = prompt.split('<|file_sep|>updated/').at(-1).replace(/^.*\n/, '');
      const text = reply(window);
      answer(200, { choices: [{ index: 0, text: text.startsWith(prefill) ? text.slice(prefill.length) : text, finish_reason: 'stop' }] });
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close: () => new Promise((resolve) => server.close(resolve)) };
}
