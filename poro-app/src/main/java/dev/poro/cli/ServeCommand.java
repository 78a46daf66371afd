package dev.poro.cli;

import dev.poro.engine.Poro;
import dev.poro.server.PoroServer;
import dev.poro.server.PoroServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code poro serve}: opens a store and lets clients of Redis use it, until the process is told to end. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "%nOpens a store and serves clients of Redis, by RESP2 and RESP3: redis-cli, Jedis, Lettuce and others work"
                    + " as they are. SIGTERM or Ctrl-C answers what has come, closes the connections and the store.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "1:The store could not be opened, or an address could not be used.",
            "2:The options are wrong.",
            "143:Ended by SIGTERM, with everything closed (130: by Ctrl-C)."
        },
        footer = {
            "%nExamples:",
            "  poro serve",
            "  poro serve --wal data/sessions.wal --sync always",
            "  poro serve --bind 0.0.0.0 --requirepass-file password.txt"
        })
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private final StoreOptions storeOptions = new StoreOptions();

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

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        program.requireNothingButPath(spec.commandLine());
        if ((tlsCertificate == null) != (tlsKey == null)) {
            throw wrong("--tls-cert and --tls-key belong together");
        }
        byte[] password =
                passwordFile == null ? null : PasswordFile.read(passwordFile, "--requirepass-file", spec.commandLine());
        try (Poro store = storeOptions.open(program.pathOfLog());
                PoroServer server = start(store, password)) {
            CountDownLatch ended = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server, store), "poro-shutdown"));
            System.out.println("Listening on " + server);
            System.out.flush();
            await(ended);
        }
        return ExitStatus.OK;
    }

    private PoroServer start(Poro store, byte[] password) throws IOException {
        try {
            PoroServerBuilder builder =
                    PoroServer.on(store).port(port).maxClients(maxClients).idleTimeout(timeout);
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

    /** Clients get their replies before the store is closed. */
    private static void close(PoroServer server, Poro store) {
        server.close();
        ShellCommand.closeAtShutdown(store);
    }

    /** Until the process is told to end: then the JVM does not come back to this thread. */
    private static void await(CountDownLatch ended) {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
