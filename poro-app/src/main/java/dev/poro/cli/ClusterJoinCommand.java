package dev.poro.cli;

import dev.poro.cluster.ClusterJoin;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code poro cluster join}: makes the files of a node as a copy of those of another one, which runs meanwhile. */
@Command(
        name = "join",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "%nMakes the files of a node that has lost its own, or was away for too long: copies them from another"
                    + " node, which goes on serving, checks them, and ends. Then start the node, by the line by"
                    + " which it was always started, without --begin. A join that was cut short goes on when it is run"
                    + " again.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The node can be started.",
            "1:It cannot: the other node was not reached, has no leader or gave something wrong, or a disk is full.",
            "2:The options are wrong."
        },
        footer = {
            "%nExample:",
            "  poro cluster join --wal data/poro.wal --from 10.0.0.2:6379 --password-file password.txt"
        })
final class ClusterJoinCommand implements Callable<Integer> {
    /** The other node waits for its cluster; a piece of a file comes at once. */
    private static final Duration MOST_WAIT = Duration.ofMinutes(1);

    @Option(
            names = "--from",
            paramLabel = "HOST:PORT",
            required = true,
            converter = ConnectCommand.EndpointConverter.class,
            description = "Where clients of Redis reach the other node.")
    private Endpoint from;

    @Option(
            names = "--cluster-dir",
            paramLabel = "DIRECTORY",
            description = "Where the cluster's log is to be. Default: the path of the store, with .cluster after it.")
    private Path directory;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "A file with the password of the other node; a line end after it does not count.")
    private Path passwordFile;

    @Mixin
    private final TlsOptions tls = new TlsOptions();

    @ParentCommand
    private ClusterCommand cluster;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path wal = cluster.pathOfStoreToJoin();
        Path files = directory == null ? ClusterCommand.directoryOf(wal) : directory;
        if (ClusterJoin.isCopied(wal, files)) {
            ClusterJoin.finish(files);
            System.out.println("Joined: an earlier join had copied all.");
            return ExitStatus.OK;
        }
        byte[] password =
                passwordFile == null ? null : PasswordFile.read(passwordFile, "--password-file", spec.commandLine());
        try (ServerConnection server = ServerConnection.open(from, tls.context(spec.commandLine()))) {
            server.limitWaits(MOST_WAIT);
            server.greet(null, password);
            try (ServerFiles source = new ServerFiles(server)) {
                long sequence = LogCommand.withProgress(progress -> ClusterJoin.run(source, wal, files, progress));
                System.out.println(String.format(
                        Locale.ROOT, "Joined: a copy of %s up to sequence %,d, checked.", from, sequence));
            }
        }
        return ExitStatus.OK;
    }
}
