package dev.poro.cli;

import dev.poro.engine.Poro;
import dev.poro.engine.Threading;
import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code poro import}: stores entries from a file. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "%nStores entries that 'poro export' wrote: one JSON object a line. Opens the store, and makes it if it is"
                    + " missing. Entries of keys that are there replace these. An entry is stored as a whole or not at"
                    + " all, even if the import ends early; the same command may then be run again. Lines that hold no"
                    + " entry are reported and left out.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:All entries are stored.",
            "1:Lines were left out. Or the store could not be opened, or has no memory or disk space left: what was"
                    + " stored so far stays.",
            "2:The command line was wrong.",
            "4:A failed disk stopped the store."
        })
final class ImportCommand implements Callable<Integer> {
    private static final int BUFFER_SIZE = 1 << 16;

    @Parameters(paramLabel = "FILE", description = "The file; - for standard input.")
    private Path file;

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        program.requireNothingButPath(spec.commandLine());
        boolean isInput = file.toString().equals("-");
        try (InputStream in =
                new BufferedInputStream(isInput ? StandardStreams.input() : Files.newInputStream(file), BUFFER_SIZE)) {
            return run(in, isInput ? 0 : Files.size(file));
        }
    }

    private int run(InputStream in, long length) throws IOException {
        try (Poro store = LogCommand.withProgress(progress -> Poro.at(program.pathOfLog())
                .threading(Threading.CALLER)
                .progress(progress)
                .open())) {
            Importer importer = new Importer(store, file.toString(), System.err);
            ProgressBar bar = new ProgressBar(System.err);
            try {
                importer.run(in, read -> bar.onFile("Importing", read, length, importer.imported()));
            } finally {
                bar.wipe();
            }
            ReplyStream out = new ReplyStream(new FileOutputStream(FileDescriptor.out));
            out.text(String.format(
                    Locale.ROOT,
                    "%,d entries of %,d lines imported into %s",
                    importer.imported(),
                    importer.lines(),
                    store.path()));
            out.flush();
            return importer.problems() == 0 ? ExitStatus.OK : ExitStatus.FAILURE;
        }
    }
}
