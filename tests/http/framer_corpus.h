// Byte streams for the framer: good ones, bad ones, and whole conversations. Tests split them,
// fuzzers start from them.
#pragma once

#include <string>
#include <vector>

namespace vf {

inline std::vector<std::string> FramerCorpus() {
  const std::string host = "Host: h\r\n";
  const std::string get = "GET /get/?key=a HTTP/1.1\r\n" + host + "\r\n";
  std::string many_fields = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 100; ++i) many_fields += "x" + std::to_string(i) + ": y\r\n";
  return {
      get,
      get + get + get,
      "\r\n" + get,
      "\r\n\r\n" + get,
      get + "\r\n" + get,
      "POST /k HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello" + get,
      "PUT /k HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc" + get,
      "POST /k HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n" + get,
      "POST /k HTTP/1.1\r\n" + host + "Transfer-Encoding: Chunked\r\n\r\n" +
          "5\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n0 ; z\r\nTrailer: t\r\n\r\n" + get,
      "POST /k HTTP/1.1\r\n" + host + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nab" + get,
      "POST /k HTTP/1.1\r\n" + host + "Expect: more\r\nContent-Length: 2\r\n\r\nab" + get,
      "GET /x HTTP/1.1\r\n" + host +
          "Content-Length: 30\r\n\r\nPOST /evil HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /x HTTP/1.1\r\n" + host + "Connection: keep-alive, close\r\n\r\n",
      "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get,
      "GET /x HTTP/1.1\r\n" + host + "If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n\r\n",
      "GET /x HTTP/1.1\n" + host + "\r\n",
      "GET /x HTTP/1.1\r\r\n" + host + "\r\n",
      "GET  /x HTTP/1.1\r\n" + host + "\r\n",
      "GET /x HTTP/1.1 \r\n" + host + "\r\n",
      "GET /x\r\n\r\n",
      "GET /x HTTP/2.0\r\n" + host + "\r\n",
      "BREW /x HTTP/1.1\r\n" + host + "\r\n",
      "GET /x HTTP/1.1\r\nHost : h\r\n\r\n",
      "GET /x HTTP/1.1\r\n" + host + " folded\r\n\r\n",
      "GET /x HTTP/1.1\r\n" + host + std::string("a: b\0c\r\n\r\n", 10),
      "GET /x HTTP/1.1\r\n\r\n",
      "GET /x HTTP/1.1\r\n" + host + host + "\r\n",
      "POST /k HTTP/1.1\r\n" + host + "\r\n",
      "POST /k HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n",
      "POST /k HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
      "POST /k HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST /k HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n",
      "POST /k HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
      "POST /k HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
      "POST /k HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;" +
          std::string(3000, 'e'),
      "POST /k HTTP/1.1\r\n" + host +
          "Transfer-Encoding: chunked\r\n\r\n0\r\nt: " + std::string(9000, 't') + "\r\n\r\n",
      "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n",
      "GET / HTTP/1.1\r\n" + host + "x: " + std::string(9000, 'a') + "\r\n\r\n",
      "GET / HTTP/1.1\r\n" + host + "x: " + std::string(8000, 'a') +
          "\r\ny: " + std::string(8000, 'a') + "\r\nz: " + std::string(8000, 'a') + "\r\n\r\n",
      many_fields + "\r\n",
  };
}

}  // namespace vf
