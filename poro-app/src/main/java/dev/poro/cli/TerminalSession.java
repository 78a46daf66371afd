package dev.poro.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.reader.EndOfFileException;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;

/**
 * A prompt on the terminal, with line editing by JLine. Ctrl-C drops the typed line, Ctrl-D on an empty line quits.
 */
final class TerminalSession {
    private static final long AFTER_INTERRUPT_NANOS = 20_000_000;
    private static final int CTRL_C = 3;

    /**
     * The property that tells JLine where its native library is, set by the launcher. Without it JLine would unpack the
     * library into a temporary directory, so Poro then uses stty: slower, but it works anywhere.
     */
    private static final String NATIVE_LIBRARY = "library.jline.path";

    /** Kept, because the logging system forgets the level of a logger that is not referenced. */
    private static final Logger JLINE_LOGGER = Logger.getLogger("org.jline");

    private final PromptTarget target;

    TerminalSession(PromptTarget target) {
        this.target = target;
    }

    /**
     * Runs until QUIT or Ctrl-D.
     *
     * @return the {@link ExitStatus}
     */
    int run() throws IOException {
        // JLine warns when it cannot write the history, which would disturb the screen.
        JLINE_LOGGER.setLevel(Level.OFF);
        return Terminal.TYPE_DUMB.equals(System.getenv("TERM")) ? runWithoutEditing() : runWithEditing();
    }

    private int runWithEditing() throws IOException {
        try (Terminal terminal = openTerminal()) {
            ReplyStream replies = new ReplyStream(terminal.output());
            replies.text(target.banner());
            replies.flush();
            PromptReader reader = new PromptReader(terminal, target.commands());
            return run(reader, target.runner(replies, interruptsOf(terminal)), replies);
        }
    }

    private static int run(PromptReader reader, LineRunner runner, ReplyStream replies) throws IOException {
        while (true) {
            String pasted;
            try {
                pasted = reader.readLine(runner.prompt());
            } catch (UserInterruptException e) {
                continue;
            } catch (EndOfFileException e) {
                return ExitStatus.OK;
            }
            // Several lines that were pasted at once arrive as one.
            for (String line : pasted.split("\n", -1)) {
                byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
                LineRunner.Status status = runner.execute(bytes, 0, bytes.length);
                replies.flush();
                if (status == LineRunner.Status.QUIT) {
                    return ExitStatus.OK;
                }
                if (status == LineRunner.Status.STORE_FAILED) {
                    return ExitStatus.STORE_FAILED;
                }
            }
        }
    }

    /**
     * Runs on a dumb terminal (TERM=dumb, as in Emacs' shell), which cannot move its cursor: it edits lines itself, or
     * not at all.
     */
    private int runWithoutEditing() throws IOException {
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        ReplyStream banner = new ReplyStream(out);
        banner.text(target.banner());
        banner.flush();
        // Ctrl-C: the terminal has dropped the typed line. Only a new prompt is needed, a moment later: the
        // kernel sends the signal first, and then empties the terminal's queues in both directions.
        PlainInterrupts interrupts = new PlainInterrupts();
        StreamSession session =
                StreamSession.withPrompt(target, new FileInputStream(FileDescriptor.in), out, interrupts);
        Signals.register("INT", () -> {
            if (interrupts.tell()) {
                return;
            }
            LockSupport.parkNanos(AFTER_INTERRUPT_NANOS);
            try {
                out.write(("\n" + session.prompt()).getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // The terminal is gone. The session notices when it reads.
            }
        });
        int exitStatus = session.run();
        return exitStatus == ExitStatus.FAILURE ? ExitStatus.OK : exitStatus;
    }

    /** For a terminal whose Ctrl-C is always a signal. */
    private static final class PlainInterrupts implements Interrupts {
        private volatile Runnable listener;

        @Override
        public void listen(Runnable told) {
            listener = told;
        }

        @Override
        public void ignore() {
            listener = null;
        }

        /** Calls the listener; returns whether there is one. */
        boolean tell() {
            Runnable told = listener;
            if (told != null) {
                told.run();
            }
            return told != null;
        }
    }

    /**
     * For a terminal whose Ctrl-C is a character: nothing reads characters while a command runs, so Ctrl-C is a signal
     * then.
     */
    private static Interrupts interruptsOf(Terminal terminal) {
        return new Interrupts() {
            @Override
            public void listen(Runnable listener) {
                terminal.handle(Signal.INT, signal -> listener.run());
                setInterruptCharacter(terminal, CTRL_C);
            }

            @Override
            public void ignore() {
                readInterruptAsCharacter(terminal);
            }
        };
    }

    private static Terminal openTerminal() throws IOException {
        Terminal terminal = TerminalBuilder.builder()
                .system(true)
                .jni(System.getProperty(NATIVE_LIBRARY) != null)
                .exec(true)
                .ffm(false)
                .jna(false)
                .jansi(false)
                .encoding(StandardCharsets.UTF_8)
                .nativeSignals(true)
                .build();
        readInterruptAsCharacter(terminal);
        ensureSize(terminal);
        return terminal;
    }

    /**
     * Makes Ctrl-C arrive as a character, in order with the others: as a signal it would overtake earlier characters
     * and lose later ones. SIGINT from elsewhere also cancels a line, and does nothing between two lines.
     */
    private static void readInterruptAsCharacter(Terminal terminal) {
        setInterruptCharacter(terminal, 0);
        terminal.handle(Signal.INT, signal -> {});
    }

    private static void setInterruptCharacter(Terminal terminal, int character) {
        Attributes attributes = terminal.getAttributes();
        attributes.setControlChar(ControlChar.VINTR, character);
        terminal.setAttributes(attributes);
    }

    /** Sets a size if the terminal has none (under expect, in a container); JLine would show nothing there. */
    private static void ensureSize(Terminal terminal) {
        Size size = terminal.getSize();
        if (size.getRows() <= 0 || size.getColumns() <= 0) {
            terminal.setSize(new Size(80, 24));
        }
    }
}
