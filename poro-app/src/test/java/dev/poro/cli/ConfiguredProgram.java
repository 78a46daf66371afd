package dev.poro.cli;

import dev.poro.command.CommandStore;
import dev.poro.engine.Poro;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The program behind a pipe, with settings that its command line does not offer. Short segments are what makes rolling,
 * preparing and closing them frequent enough to be hit.
 */
public final class ConfiguredProgram {
    private ConfiguredProgram() {}

    /** @param args log directory, sync policy, threading, segment length, bytes of log that make a snapshot due */
    public static void main(String[] args) throws IOException {
        int status;
        try (Poro store = Poro.at(Path.of(args[0]))
                .sync(SyncPolicy.valueOf(args[1]))
                .threading(Threading.valueOf(args[2]))
                .segmentLength(Integer.parseInt(args[3]))
                .snapshotAfter(Long.parseLong(args[4]))
                .memory(64 << 20)
                .open()) {
            status = StreamSession.withoutPrompt(
                            PromptTarget.of(CommandStore.of(store)),
                            new FileInputStream(FileDescriptor.in),
                            new FileOutputStream(FileDescriptor.out))
                    .run();
        } catch (RuntimeException e) {
            System.err.println("poro: " + e.getMessage());
            status = e instanceof StoreFailedException ? ExitStatus.STORE_FAILED : ExitStatus.FAILURE;
        } catch (InternalError e) {
            // A store into a segment that is gone: the JVM says so wherever the thread is by then. Closing says why.
            for (Throwable closing : e.getSuppressed()) {
                System.err.println("poro: " + closing.getMessage());
            }
            status = ExitStatus.STORE_FAILED;
        }
        System.exit(status);
    }
}
