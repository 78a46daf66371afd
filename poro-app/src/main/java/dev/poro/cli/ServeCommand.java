package dev.poro.cli;

import dev.poro.engine.Poro;
import dev.poro.server.PoroServer;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

    @Mixin
    private final ServerOptions serverOptions = new ServerOptions();

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        program.requireNothingButPath(spec.commandLine());
        byte[] password = serverOptions.begin();
        try (Poro store = storeOptions.open(program.pathOfLog());
                PoroServer server = serverOptions.start(PoroServer.on(store), password)) {
            CountDownLatch ended = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server, store), "poro-shutdown"));
            System.out.println("Listening on " + server);
            System.out.flush();
            await(ended);
        }
        return ExitStatus.OK;
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
