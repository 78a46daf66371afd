package dev.poro.perf.cluster;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Asks a server one thing after the other. */
final class Client implements AutoCloseable {
    private static final int CONNECT_MS = 1_000;
    private static final int REPLY_MS = 20_000;

    private final Socket socket = new Socket();
    private final InputStream in;

    Client(InetSocketAddress server) throws IOException {
        try {
            socket.connect(server, CONNECT_MS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(REPLY_MS);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** The bytes of a request. */
    static byte[] request(String... words) {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return request.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns a string as it is, and other replies as they were sent, without the end of the line. */
    String ask(String... words) throws IOException {
        socket.getOutputStream().write(request(words));
        String line = line();
        if (line.charAt(0) != '$') {
            return line;
        }
        byte[] value = in.readNBytes(Integer.parseInt(line.substring(1)));
        line();
        return new String(value, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server has closed the connection");
            }
            line.append((char) next);
        }
        return line.substring(0, line.length() - 1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
