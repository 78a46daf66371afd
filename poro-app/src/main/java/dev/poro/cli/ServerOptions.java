package dev.poro.cli;

import dev.poro.server.PoroServer;
import dev.poro.server.PoroServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a server for clients of Redis. */
final class ServerOptions {
    @Option(names = "--port", paramLabel = "PORT", description = "The port; 0 for any that is free. Default: 6379.")
    private int port = 6_379;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            description = "An address on which to listen; may be repeated. Default: 127.0.0.1 and ::1, which no other"
                    + " machine reaches. Any other needs a password.")
    private List<String> addresses = new ArrayList<>();

    @Option(
            names = "--requirepass-file",
            paramLabel = "FILE",
            description = "A file with the password that clients must give; a line end after it does not count.")
    private Path passwordFile;

    @Option(names = "--unprotected", description = "Listen without a password where other machines reach the server.")
    private boolean unprotected;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "The certificate of the server, in PEM: all connections are encrypted by TLS.")
    private Path tlsCertificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The private key of it, in PEM (PKCS #8).")
    private Path tlsKey;

    @Option(
            names = "--tls-client-ca",
            paramLabel = "FILE",
            description = "Clients must show a certificate that this one, in PEM, has signed.")
    private Path tlsClientCa;

    @Option(
            names = "--maxclients",
            paramLabel = "COUNT",
            description = "The most connections at the same time. Default: 10000.")
    private int maxClients = 10_000;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Close connections that send nothing for so long: 30s, 5min. Default: never.")
    private Duration timeout = Duration.ZERO;

    @Option(
            names = "--notify-keyspace-events",
            paramLabel = "LETTERS",
            description = "Publish what happens to keys, for subscribers of __keyspace@0__:KEY (K) and"
                    + " __keyevent@0__:EVENT (E): KEA for everything, Ex for keys that expire. Default: nothing.")
    private String keyspaceEvents = "";

    @Option(names = "--debug-commands", description = "Allow DEBUG, for tests of clients.")
    private boolean debugCommands;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    int port() {
        return port;
    }

    /** Whether the server listens where other machines reach it. */
    boolean hasAddresses() {
        return !addresses.isEmpty();
    }

    /**
     * Begins what a server needs before anything has threads.
     *
     * @return the password that clients must give; {@code null} for none
     * @throws ParameterException if options do not belong together
     */
    byte[] begin() throws IOException {
        // Else threads of the store and of the server may log first at the same moment, and SLF4J warns of that.
        LoggerFactory.getILoggerFactory();
        if ((tlsCertificate == null) != (tlsKey == null)) {
            throw wrong("--tls-cert and --tls-key belong together");
        }
        return passwordFile == null ? null : PasswordFile.read(passwordFile, "--requirepass-file", spec.commandLine());
    }

    /** Starts the server. */
    PoroServer start(PoroServerBuilder builder, byte[] password) throws IOException {
        try {
            builder.port(port).maxClients(maxClients).idleTimeout(timeout);
            builder.keyspaceEvents(keyspaceEvents);
            addresses.forEach(builder::bind);
            if (password != null) {
                builder.password(password);
            }
            if (unprotected) {
                builder.unprotected();
            }
            if (tlsCertificate != null) {
                builder.tls(tlsCertificate, tlsKey);
            }
            if (tlsClientCa != null) {
                builder.tlsClientCa(tlsClientCa);
            }
            if (debugCommands) {
                builder.debugCommands();
            }
            return builder.start();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw wrong(e.getMessage());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
