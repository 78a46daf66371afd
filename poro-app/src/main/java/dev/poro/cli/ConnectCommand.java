package dev.poro.cli;

import dev.poro.command.Command;
import dev.poro.server.ServedCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code poro connect}: the prompt, on a server. */
@picocli.CommandLine.Command(
        name = "connect",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "%nRuns commands on a server: one of Poro, or of Redis. In a terminal, it shows a prompt; HELP lists the"
                    + " commands. When standard input is not a terminal, it reads one command from each line and writes"
                    + " nothing but the replies. SUBSCRIBE shows messages until Ctrl-C.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:Done.",
            "1:A command from standard input failed, there is no connection, or it broke.",
            "2:The options are wrong."
        },
        footer = {
            "%nExamples:",
            "  poro connect",
            "  poro connect db.example.com:6379 --password-file password.txt",
            "  echo 'SET a 1' | poro connect localhost:6379",
            "  poro connect db.example.com:6379 --tls --tls-ca ca.crt"
        })
final class ConnectCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "HOST:PORT",
            arity = "0..1",
            description = "The server. Default: 127.0.0.1:6379, where 'poro serve' listens.",
            converter = EndpointConverter.class)
    private Endpoint endpoint = Endpoint.DEFAULT;

    @Option(names = "--user", paramLabel = "NAME", description = "The user that the password is of. Default: default.")
    private String user;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "A file with the password; a line end after it does not count.")
    private Path passwordFile;

    @Mixin
    private final TlsOptions tls = new TlsOptions();

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    /** Parses a server. */
    static final class EndpointConverter implements picocli.CommandLine.ITypeConverter<Endpoint> {
        @Override
        public Endpoint convert(String text) {
            return Endpoint.parse(text);
        }
    }

    @Override
    public Integer call() throws IOException {
        program.requireNothingButPath(spec.commandLine());
        if (program.wal() != null) {
            throw wrong("--wal has no meaning here: the store is that of the server");
        }
        if (user != null && passwordFile == null) {
            throw wrong("--user needs a password: --password-file FILE");
        }
        byte[] password =
                passwordFile == null ? null : PasswordFile.read(passwordFile, "--password-file", spec.commandLine());
        SSLContext context = tls.context(spec.commandLine());
        try (ServerConnection server = ServerConnection.open(endpoint, context)) {
            server.greet(user, password);
            return ShellCommand.run(target(server));
        }
    }

    /** What the prompt is to act on. */
    static PromptTarget target(ServerConnection server) {
        return new ServerTarget(server);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** A server that is connected. */
    private record ServerTarget(ServerConnection server) implements PromptTarget {
        @Override
        public String banner() {
            return "Connected to " + server.endpoint();
        }

        /** Those that a server of Poro has; one of Redis may have more. */
        @Override
        public KnownCommands commands() {
            return Served.KNOWN;
        }

        @Override
        public LineRunner runner(ReplyStream replies, Interrupts interrupts) {
            return new ServerShell(server, this::commands, replies, interrupts);
        }
    }

    /** Only who connects needs them. */
    private static final class Served {
        static final KnownCommands KNOWN = known();

        private static KnownCommands known() {
            List<Command<?>> all = new ArrayList<>();
            for (Command<?> command : ServedCommands.all()) {
                if (!command.names().contains(PromptCommands.QUIT.name())) {
                    all.add(command);
                }
            }
            all.add(PromptCommands.HELP);
            all.add(PromptCommands.QUIT);
            return new KnownCommands(all);
        }
    }
}
