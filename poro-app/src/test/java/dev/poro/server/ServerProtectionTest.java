package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keeps others out: addresses, the password, TLS, and limits before a client has logged in. */
@Timeout(60)
class ServerProtectionTest {
    @TempDir
    private Path directory;

    private Poro store;

    @BeforeEach
    void open() {
        store = Poro.open(directory.resolve("poro.wal"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private PoroServerBuilder server() {
        return PoroServer.on(store).port(0);
    }

    @Test
    void listensOnLoopbackAddressesAlone() throws IOException {
        try (PoroServer server = server().start()) {
            assertThat(server.addresses())
                    .allMatch(address -> address.getAddress().isLoopbackAddress())
                    .allMatch(address -> address.getPort() == server.port());
            assertThat(server.toString()).startsWith("127.0.0.1:" + server.port());
        }
    }

    @Test
    void refusesToBeOpenToTheNetworkUnlessTold() throws IOException {
        assertThatThrownBy(server().bind("0.0.0.0")::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("0.0.0.0")
                .hasMessageContaining("no password");
        assertThatThrownBy(server().bind("127.0.0.1").bind("::")::start).isInstanceOf(IllegalStateException.class);
        server().bind("127.0.0.1").bind("::1").start().close();
        server().bind("0.0.0.0").unprotected().start().close();
        server().bind("0.0.0.0").password("secret").start().close();
    }

    @Test
    void letsNobodyInWithoutThePassword() throws IOException {
        try (PoroServer server = server().password("secret").start();
                RespClient client = new RespClient(server.port())) {
            client.send(request("SET", "k", "v") + request("NONE") + request("GET", "k") + "PING\r\n");
            assertThat(client.reply()).isEqualTo("-NOAUTH Authentication required.");
            assertThat(client.reply()).startsWith("-ERR unknown command 'NONE'");
            assertThat(client.reply()).isEqualTo("-NOAUTH Authentication required.");
            assertThat(client.reply()).isEqualTo("-NOAUTH Authentication required.");
            assertThat(client.call("HELLO", "3")).startsWith("-NOAUTH HELLO must be called");
            String wrong = "-WRONGPASS invalid username-password pair or user is disabled.";
            assertThat(client.call("AUTH", "Secret")).isEqualTo(wrong);
            assertThat(client.call("AUTH", "other", "secret")).isEqualTo(wrong);
            assertThat(client.call("HELLO", "3", "AUTH", "default", "secre")).isEqualTo(wrong);
            assertThat(client.call("GET", "k")).isEqualTo("-NOAUTH Authentication required.");
            assertThat(client.call("AUTH", "secret")).isEqualTo("OK");
            assertThat(client.call("GET", "k")).isEqualTo("(nil)");
            assertThat(client.call("RESET")).isEqualTo("RESET");
            assertThat(client.call("GET", "k")).isEqualTo("-NOAUTH Authentication required.");
            assertThat(client.call("HELLO", "3", "AUTH", "default", "secret")).contains("proto, :3");
            assertThat(client.call("CONFIG", "GET", "requirepass")).isEqualTo("[requirepass, ]");
            assertThat(client.call("CONFIG", "SET", "requirepass", "")).contains("immutable");
        }
    }

    @Test
    void aBrowserCannotSendCommands() throws IOException {
        try (PoroServer server = server().start()) {
            for (String line : new String[] {"POST / HTTP/1.1", "Host: localhost"}) {
                try (RespClient client = new RespClient(server.port())) {
                    client.send(line + "\r\n\r\nSET k v\r\n");
                    assertThat(client.rest()).isEmpty();
                }
            }
            assertThat(store.get("k")).isNull();
        }
    }

    @Test
    void authWithoutAPasswordSaysSo() throws IOException {
        try (PoroServer server = server().start();
                RespClient client = new RespClient(server.port())) {
            assertThat(client.call("AUTH", "x")).startsWith("-ERR AUTH <password> called without any password");
            assertThat(client.call("AUTH", "default", "x")).isEqualTo("OK");
        }
    }

    @Test
    void takesLittleBeforeAClientHasLoggedIn() throws IOException {
        try (PoroServer server = server().password("secret").start()) {
            try (RespClient client = new RespClient(server.port())) {
                client.send("*11\r\n");
                assertThat(client.rest()).isEqualTo("-ERR Protocol error: unauthenticated multibulk length\r\n");
            }
            try (RespClient client = new RespClient(server.port())) {
                client.send("*2\r\n$4\r\nAUTH\r\n$16385\r\n");
                assertThat(client.rest()).isEqualTo("-ERR Protocol error: unauthenticated bulk length\r\n");
            }
            try (RespClient client = new RespClient(server.port())) {
                client.send(request("AUTH", "secret") + request("SET", "k", "x".repeat(20_000)));
                assertThat(client.reply()).isEqualTo("OK");
                assertThat(client.reply()).isEqualTo("OK");
            }
        }
    }

    @Test
    void comparesPasswordsByTheirDigests() {
        Password password = new Password("secret".getBytes(UTF_8));
        assertThat(password.is("secret".getBytes(UTF_8))).isTrue();
        assertThat(password.is("secret2".getBytes(UTF_8))).isFalse();
        assertThat(password.is(new byte[0])).isFalse();
        assertThatThrownBy(() -> new Password(new byte[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void debugIsOffUnlessAllowed() throws IOException {
        try (PoroServer server = server().start();
                RespClient client = new RespClient(server.port())) {
            assertThat(client.call("DEBUG", "SLEEP", "0")).startsWith("-ERR DEBUG command not allowed.");
        }
    }

    @Test
    void encryptsByTls() throws Exception {
        try (PoroServer server =
                server().tls(file("server.crt"), file("server.key")).start()) {
            try (RespClient client = tls(server, Certificates.trusting(file("ca.crt")))) {
                assertThat(client.call("SET", "k", "v")).isEqualTo("OK");
                client.send(request("GET", "k") + request("QUIT"));
                assertThat(client.rest()).isEqualTo("$1\r\nv\r\n+OK\r\n");
            }
            try (RespClient plain = new RespClient(server.port())) {
                plain.send(request("PING"));
                assertThat(plain.rest()).doesNotContain("PONG");
            }
        }
    }

    @Test
    void asksClientsForTheirCertificate() throws Exception {
        PoroServerBuilder builder =
                server().tls(file("server.crt"), file("server.key")).tlsClientCa(file("ca.crt"));
        try (PoroServer server = builder.start()) {
            SSLContext known = Certificates.of(file("client.crt"), file("client.key"), file("ca.crt"));
            try (RespClient client = tls(server, known)) {
                assertThat(client.call("PING")).isEqualTo("PONG");
            }
            SSLContext stranger = Certificates.of(file("stranger.crt"), file("stranger.key"), file("ca.crt"));
            for (SSLContext refused : new SSLContext[] {stranger, Certificates.trusting(file("ca.crt"))}) {
                assertThatThrownBy(() -> {
                            try (RespClient client = tls(server, refused)) {
                                client.call("PING");
                            }
                        })
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void saysWhatIsWrongWithFilesOfTls() {
        assertThatThrownBy(server().tls(file("ca.crt"), file("none.key"))::start)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none.key");
        assertThatThrownBy(server().tls(file("server.key"), file("server.key"))::start)
                .isInstanceOf(IOException.class);
        assertThatThrownBy(server().tlsClientCa(file("ca.crt"))::start).isInstanceOf(IllegalStateException.class);
    }

    private static RespClient tls(PoroServer server, SSLContext context) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port());
        plain.setSoTimeout(20_000);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", server.port(), true);
        try {
            socket.startHandshake();
        } catch (SSLException e) {
            socket.close();
            throw e;
        }
        return new RespClient(socket);
    }

    private static Path file(String name) {
        try {
            Path directory =
                    Path.of(ServerProtectionTest.class.getResource("tls/ca.crt").toURI());
            return directory.resolveSibling(name);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
