// An OpenAI-compatible chat server on loopback that streams given answers, one a request. An answer that is a promise comes when
// it is kept.
import http from 'node:http';

export async function chatServer(answers) {
  const asked = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => { body += chunk; });
    request.on('end', async () => {
      asked.push(JSON.parse(body));
      // A question too many is read on the screen, and so in what a failed test prints.
      const answer = answers[asked.length - 1] ?? `No answer was scripted for question ${asked.length}: ${asked.at(-1).messages.at(-1).content.slice(-400)}`;
      const text = await answer;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const say = (event) => response.write(`data: ${JSON.stringify(event)}\n\n`);
      for (let i = 0; i < text.length; i += 16) say({ choices: [{ index: 0, delta: { content: text.slice(i, i + 16) } }] });
      say({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
      say({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 20 } });
      response.end('data: [DONE]\n\n');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/v1`, asked, close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}
