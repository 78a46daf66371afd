package dev.poro.perf.server;

import dev.poro.perf.Processes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server that runs in a process of its own. Closing it ends the process. */
final class ServerProcess implements AutoCloseable {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final double MICROS_A_SECOND = 1_000_000;
    private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PONG = "+PONG\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Process process;
    private final InetSocketAddress address;

    private ServerProcess(Process process, InetSocketAddress address) {
        this.process = process;
        this.address = address;
    }

    /**
     * Starts a server and waits until it answers.
     *
     * @param directory an empty one for its files
     * @throws IOException with its output, if it ends or does not answer
     */
    static ServerProcess start(ServerKind kind, Path project, Path directory, String policy)
            throws IOException, InterruptedException {
        InetSocketAddress address = freeAddress();
        List<String> command = kind.command(project, directory, address.getPort(), policy);
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        ServerProcess server = new ServerProcess(process, address);
        long deadline = System.nanoTime() + START_NANOS;
        while (!server.answers()) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                server.close();
                throw new IOException(kind.title() + " does not answer:\n" + Files.readString(output));
            }
            Thread.sleep(10);
        }
        return server;
    }

    private static InetSocketAddress freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(PING);
            out.flush();
            InputStream in = socket.getInputStream();
            return Arrays.equals(in.readNBytes(PONG.length), PONG);
        } catch (IOException e) {
            return false;
        }
    }

    InetSocketAddress address() {
        return address;
    }

    /** Processor time of all its threads so far, in microseconds. */
    double processorMicros() throws IOException {
        return Processes.processorSeconds(process) * MICROS_A_SECOND;
    }

    @Override
    public void close() {
        Processes.end(process);
    }
}
