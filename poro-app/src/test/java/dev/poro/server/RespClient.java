package dev.poro.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A client without a library: sends bytes, and reads replies as text. */
final class RespClient implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    final Socket socket;
    private final InputStream in;

    RespClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    RespClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** The bytes of a request. */
    static String request(String... words) {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return request.toString();
    }

    void send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    }

    /** Sends a request, and reads its reply. */
    String call(String... words) throws IOException {
        send(request(words));
        return reply();
    }

    /** The next reply: strings as they are, {@code :1}, {@code -ERR ...}, {@code (nil)}, {@code [a, b]}. */
    String reply() throws IOException {
        String line = line();
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '+':
                return rest;
            case '-', ':', ',', '#':
                return line;
            case '$', '=':
                return rest.equals("-1") ? "(nil)" : bytes(Integer.parseInt(rest));
            case '_':
                return "(nil)";
            case '*', '~', '>':
                return rest.equals("-1") ? "(nil)" : array(Integer.parseInt(rest));
            case '%':
                return array(2 * Integer.parseInt(rest));
            default:
                throw new IOException("no reply: " + line);
        }
    }

    private String array(int count) throws IOException {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add(reply());
        }
        return elements.toString();
    }

    private String bytes(int length) throws IOException {
        byte[] bytes = in.readNBytes(length + 2);
        return new String(bytes, 0, length, ISO_8859_1);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server has closed the connection");
            }
            line.write(b);
        }
        String text = line.toString(ISO_8859_1);
        return text.substring(0, text.length() - 1);
    }

    /** All bytes until the server closes the connection. */
    String rest() throws IOException {
        return new String(in.readAllBytes(), ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
