package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code poro cluster join}: its options, and what it makes of a server that is not as it should be. */
@Timeout(60)
class ClusterJoinCommandTest {
    private static final String LIST = "*2\r\n$4\r\nnode\r\n:5\r\n";

    @TempDir
    private Path directory;

    private static int run(ByteArrayOutputStream errors, String... arguments) {
        PrintStream standardError = System.err;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            return Main.commandLine().execute(arguments);
        } finally {
            System.setErr(standardError);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "cluster join, --from",
        "cluster --node 0 join --from h:1, has no meaning",
        "cluster --try join --from h:1, has no meaning",
        "--sync os cluster join --from h:1, is an option of the prompt",
        "cluster join --from h:port, HOST:PORT",
        "cluster join --from h:1 --begin, unknown option",
    })
    void refusesWhatHasNoMeaning(String line, String why) {
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        assertThat(run(errors, line.split(" ", -1))).isEqualTo(ExitStatus.USAGE);
        assertThat(errors.toString(StandardCharsets.UTF_8)).startsWith("poro: ").contains(why);
    }

    /** A server that says this to whoever comes, whatever it is asked. */
    private static ServerSocket serverThatSays(String replies) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> {
            try (Socket client = server.accept()) {
                client.getOutputStream().write(replies.getBytes(StandardCharsets.ISO_8859_1));
                client.getInputStream().transferTo(new ByteArrayOutputStream());
            } catch (IOException e) {
                // The client is gone, or the test has ended.
            }
        });
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static ServerConnection connect(ServerSocket server) throws IOException {
        return ServerConnection.open(new Endpoint("127.0.0.1", server.getLocalPort()), null);
    }

    @Test
    void aPieceThatWasChangedOnItsWayIsNoticed() throws Exception {
        String right = "*2\r\n$5\r\nhello\r\n:2591144780\r\n";
        String changed = right.replace("hello", "jello");
        String other = "*2\r\n$6\r\nhello!\r\n:1\r\n";
        try (ServerSocket server = serverThatSays(LIST + right + changed + other + "-ERR closed\r\n");
                ServerConnection connection = connect(server)) {
            ServerFiles files = new ServerFiles(connection);
            assertThat(files.files()).isEqualTo(Map.of("node", 5L));
            assertThat(files.read("node", 0, 5)).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
            assertThatIOException()
                    .isThrownBy(() -> files.read("node", 0, 5))
                    .withMessageContaining("was changed on its way");
            assertThatIOException().isThrownBy(() -> files.read("node", 0, 5)).withMessageContaining("gives no piece");
            assertThatIOException().isThrownBy(() -> files.read("node", 0, 5)).withMessageContaining("says: closed");
        }
    }

    @Test
    void aServerThatIsNoNodeLeavesNothingBehind() throws Exception {
        String wal = directory.resolve("wal").toString();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        try (ServerSocket server = serverThatSays("-ERR unknown\r\n-ERR this is no node of a cluster\r\n")) {
            String from = "127.0.0.1:" + server.getLocalPort();
            assertThat(run(errors, "cluster", "join", "--wal", wal, "--from", from))
                    .isEqualTo(ExitStatus.FAILURE);
        }
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("no node of a cluster");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aStoreThatIsThereIsLeftAlone() throws Exception {
        Path wal = Files.createDirectory(directory.resolve("wal"));
        Files.writeString(wal.resolve("0000000001.wal"), "precious");
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        try (ServerSocket server = serverThatSays("-ERR unknown\r\n" + LIST)) {
            String from = "127.0.0.1:" + server.getLocalPort();
            assertThat(run(errors, "cluster", "join", "--wal", wal.toString(), "--from", from))
                    .isEqualTo(ExitStatus.FAILURE);
        }
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("only a node without files joins");
        assertThat(wal.resolve("0000000001.wal")).hasContent("precious");
    }
}
