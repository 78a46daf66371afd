package dev.poro.command;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code redis-server} that is installed on this machine, without a file, and a connection to it. */
public final class RedisServer implements AutoCloseable {
    private static final int ATTEMPTS = 200;

    private final Process process;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private RedisServer(Process process, Socket socket) throws IOException {
        this.process = process;
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = new BufferedOutputStream(socket.getOutputStream());
    }

    /** Whether there is one of version 7. */
    public static boolean isInstalled() {
        try {
            Process asked = new ProcessBuilder("redis-server", "--version").start();
            String version = new String(asked.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return version.contains("v=7.");
        } catch (IOException e) {
            return false;
        }
    }

    /** @param options of the program, besides those that keep it to itself */
    public static RedisServer start(Path directory, String... options) throws IOException, InterruptedException {
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                directory.toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        for (int attempt = 0; ; attempt++) {
            try {
                return new RedisServer(process, new Socket(InetAddress.getLoopbackAddress(), port));
            } catch (IOException e) {
                if (attempt == ATTEMPTS || !process.isAlive()) {
                    process.destroy();
                    throw e;
                }
                Thread.sleep(20);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }

    /** On the loopback address. */
    public int port() {
        return socket.getPort();
    }

    /** What it replies, as {@link RespTokens} writes it. */
    List<String> run(List<byte[]> words) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(ascii("*" + words.size() + "\r\n"));
        for (byte[] word : words) {
            request.writeBytes(ascii("$" + word.length + "\r\n"));
            request.writeBytes(word);
            request.writeBytes(ascii("\r\n"));
        }
        request.writeTo(out);
        out.flush();
        List<String> tokens = new ArrayList<>();
        read(tokens);
        return tokens;
    }

    private void read(List<String> tokens) throws IOException {
        String line = readLine();
        char type = line.charAt(0);
        if (type != '$' && type != '*') {
            tokens.add(line);
            return;
        }
        int length = Integer.parseInt(line.substring(1));
        if (length < 0) {
            tokens.add(RespTokens.NIL);
        } else if (type == '$') {
            tokens.add(RespTokens.bulk(in.readNBytes(length)));
            in.readNBytes(2);
        } else {
            tokens.add(line);
            for (int i = 0; i < length; i++) {
                read(tokens);
            }
        }
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("Redis has gone");
            }
            line.append((char) b);
        }
        in.read();
        return line.toString();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
