package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.poro.engine.Poro;
import dev.poro.events.TestScale;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many connections at the same time, and what they cost. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ServerLoadTest {
    private static final int IDLE = TestScale.choose(500, 10_000);
    private static final int STORM = TestScale.choose(400, 20_000);
    private static final int SLOW = TestScale.choose(8, 100);
    private static final int SPARE_FILES = 300;
    private static final byte[] PING = "PING\r\n".getBytes(ISO_8859_1);

    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;

    @BeforeEach
    void start() throws IOException {
        store = Poro.at(directory.resolve("poro.wal")).memory(64 << 20).open();
        server = PoroServer.on(store).port(0).maxClients(20_000).start();
    }

    @AfterEach
    void stop() {
        server.close();
        store.close();
    }

    /** Each of them has asked something before, and asks again at the end. */
    @Test
    void idleConnectionsTakeLittleMemory() throws IOException {
        int count = Math.min(IDLE, freeFiles() / 2);
        List<SocketChannel> idle = new ArrayList<>();
        try (RespClient client = new RespClient(server.port())) {
            client.call("SET", "k", "v");
            long before = usedHeap();
            for (int i = 0; i < count; i++) {
                idle.add(SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port())));
                ping(idle.get(i));
            }
            assertThat(server.connections()).isEqualTo(count + 1);
            long each = (usedHeap() - before) / count;
            TestScale.report(
                    "idle-connections", "%d, %d bytes of heap each, those of the client included", count, each);
            assertThat(each).isLessThan(8_192);
            assertThat(server.inputLength()).isZero();
            assertThat(client.call("GET", "k")).isEqualTo("v");
            for (SocketChannel channel : idle) {
                ping(channel);
            }
        } finally {
            for (SocketChannel channel : idle) {
                channel.close();
            }
        }
        awaitConnections(0);
    }

    private static int freeFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? (int) Math.min(
                        Integer.MAX_VALUE,
                        system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - SPARE_FILES)
                : IDLE;
    }

    private static void ping(SocketChannel channel) throws IOException {
        channel.write(ByteBuffer.wrap(PING));
        ByteBuffer reply = ByteBuffer.allocate("+PONG\r\n".length());
        while (reply.hasRemaining()) {
            assertThat(channel.read(reply)).isPositive();
        }
    }

    @SuppressWarnings("CallToSystemGC")
    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void awaitConnections(int wanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (server.connections() != wanted && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        assertThat(server.connections()).isEqualTo(wanted);
    }

    /** Connections that come and go in every way: answered, in the midst of a request, reset, half closed. */
    @Test
    void connectionsThatComeAndGoLeaveNothing() throws IOException {
        int answered = 0;
        try (RespClient other = new RespClient(server.port())) {
            for (int i = 0; i < STORM; i++) {
                try (RespClient client = new RespClient(server.port())) {
                    switch (i % 5) {
                        case 0:
                            answered += client.call("INCR", "n").startsWith(":") ? 1 : 0;
                            break;
                        case 1:
                            client.send("*3\r\n$3\r\nSET\r\n$5\r\nnever\r\n$9\r\nhal");
                            break;
                        case 2:
                            client.send(request("GET", "n").repeat(50));
                            client.socket.setSoLinger(true, 0);
                            break;
                        case 3:
                            client.send(request("INCR", "n") + "*2\r\n$3\r\nGET");
                            client.socket.shutdownOutput();
                            answered += client.rest().startsWith(":") ? 1 : 0;
                            break;
                        default:
                            break;
                    }
                }
            }
            assertThat(other.call("GET", "n")).isEqualTo(Integer.toString(answered));
            assertThat(other.call("EXISTS", "never")).isEqualTo(":0");
            assertThat(answered).isEqualTo((STORM + 4) / 5 + (STORM + 1) / 5);
            awaitConnections(1);
            assertThat(server.outputLength()).isZero();
            assertThat(server.inputLength()).isZero();
        }
    }

    /** None of them reads, each asks for 64 MB; what waits for them is bounded, and another client is served. */
    @Test
    void slowReadersTakeBoundedMemoryAndHoldNobody() throws Exception {
        store.set("long".getBytes(ISO_8859_1), new byte[64_000]);
        List<Socket> slow = new ArrayList<>();
        try (RespClient other = new RespClient(server.port())) {
            byte[] gets = request("GET", "long").repeat(1_000).getBytes(ISO_8859_1);
            for (int i = 0; i < SLOW; i++) {
                Socket socket = new Socket();
                socket.setReceiveBufferSize(4_096);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
                socket.getOutputStream().write(gets);
                slow.add(socket);
            }
            long longest = 0;
            for (int i = 0; i < 300; i++) {
                assertThat(other.call("INCR", "n")).isEqualTo(":" + (i + 1));
                longest = Math.max(longest, server.outputLength());
            }
            // The marks of Netty, the requests that ran together, and one more value.
            assertThat(longest / SLOW).isBetween(1L, 20L * 64_000);
            // They may read all the same, and get all of it.
            Socket last = slow.get(SLOW - 1);
            assertThat(last.getInputStream().readNBytes(1_000 * (64_000 + "$64000\r\n\r\n".length())))
                    .hasSize(1_000 * (64_000 + "$64000\r\n\r\n".length()));
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }
}
