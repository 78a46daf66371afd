package dev.poro.perf.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The servers, and how they are started: on loopback, with a log that is forced as the policy says. */
enum ServerKind {
    REDIS("Redis") {
        @Override
        List<String> command(Path project, Path directory, int port, String policy) {
            return List.of(
                    "redis-server",
                    "--bind",
                    "127.0.0.1",
                    "--port",
                    Integer.toString(port),
                    "--dir",
                    directory.toString(),
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    policy,
                    "--save",
                    "");
        }

        @Override
        List<String> versionCommand(Path project) {
            return List.of("redis-server", "--version");
        }
    },
    PORO("Poro") {
        @Override
        List<String> command(Path project, Path directory, int port, String policy) {
            return List.of(
                    launcher(project),
                    "serve",
                    "--wal",
                    directory.resolve("poro.wal").toString(),
                    "--port",
                    Integer.toString(port),
                    "--sync",
                    policy);
        }

        @Override
        List<String> versionCommand(Path project) {
            return List.of(launcher(project), "--version");
        }
    };

    private final String title;

    ServerKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    private static String launcher(Path project) {
        return project.resolve("poro-app/bin/poro").toString();
    }

    /**
     * The command that runs the server in the foreground.
     *
     * @param project the root of Poro's sources
     * @param directory an empty one for its files
     * @param policy everysec or always, which mean the same to both
     */
    abstract List<String> command(Path project, Path directory, int port, String policy);

    /** The command that prints its version. */
    abstract List<String> versionCommand(Path project);

    /** As in an option. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
