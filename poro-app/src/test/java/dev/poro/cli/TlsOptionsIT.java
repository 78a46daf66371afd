package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.server.PoroServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * {@code poro connect} by TLS. In a JVM without Lincheck: where there is no OpenSSL, some classes of Netty have failed
 * to initialize after this, and no class that has can be redefined.
 */
@Timeout(60)
class TlsOptionsIT {
    @TempDir
    private Path directory;

    @Test
    void encryptsByTls() throws Exception {
        try (Poro store = Poro.open(directory.resolve("poro.wal"));
                PoroServer server = PoroServer.on(store)
                        .port(0)
                        .tls(file("server.crt"), file("server.key"))
                        .tlsClientCa(file("ca.crt"))
                        .start()) {
            String ca = "--tls-ca=" + file("ca.crt");
            String[] all = {"--tls", ca, "--tls-cert=" + file("client.crt"), "--tls-key=" + file("client.key")};

            assertThat(ping(server, all)).isEqualTo("PONG\n");
            assertThatThrownBy(() -> ping(server, "--tls", ca))
                    .as("without a certificate")
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + server.port());
            assertThatThrownBy(() -> ping(server, "--tls", all[2], all[3]))
                    .as("a server that nobody knows")
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("cannot connect by TLS to 127.0.0.1:" + server.port());
            assertThatThrownBy(() -> ping(server, "--tls", "--tls-ca=" + file("other-ca.crt"), all[2], all[3]))
                    .hasMessageStartingWith("cannot connect by TLS to 127.0.0.1:" + server.port());
            assertThatThrownBy(() -> ping(server, "--tls", "--tls-ca=" + file("server.key")))
                    .isInstanceOf(CommandLine.ParameterException.class)
                    .hasMessageStartingWith("the files of TLS: ");
        }
    }

    /** The certificate is of localhost and 127.0.0.1. */
    @Test
    void wantsTheCertificateOfTheHost() throws Exception {
        try (Poro store = Poro.open(directory.resolve("poro.wal"));
                PoroServer server = PoroServer.on(store)
                        .bind("127.0.0.2")
                        .port(0)
                        .tls(file("server.crt"), file("server.key"))
                        .start()) {
            Endpoint endpoint = new Endpoint("127.0.0.2", server.port());
            assertThatThrownBy(() -> ping(endpoint, "--tls", "--tls-ca=" + file("ca.crt")))
                    .hasMessageStartingWith("cannot connect by TLS to 127.0.0.2:")
                    .hasMessageContaining("127.0.0.2 found");
        }
    }

    private static String ping(PoroServer server, String... options) throws IOException {
        return ping(new Endpoint("127.0.0.1", server.port()), options);
    }

    private static String ping(Endpoint endpoint, String... options) throws IOException {
        TlsOptions tls = new TlsOptions();
        CommandLine parsed = new CommandLine(tls);
        parsed.parseArgs(options);
        SSLContext context = tls.context(parsed);
        try (ServerConnection connection = ServerConnection.open(endpoint, context)) {
            connection.greet(null, null);
            connection.send(List.of("PING".getBytes(StandardCharsets.US_ASCII)));
            ByteArrayOutputStream shown = new ByteArrayOutputStream();
            ReplyStream replies = new ReplyStream(shown);
            connection.read(replies);
            replies.flush();
            return shown.toString(StandardCharsets.UTF_8);
        }
    }

    private static Path file(String name) throws IOException {
        try {
            return Path.of(PoroServer.class.getResource("tls/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
