package dev.poro.cli;

import dev.poro.command.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The prompt of a server: sends each line as a request and writes the reply. HELP and QUIT are its own. Not
 * thread-safe.
 */
final class ServerShell implements LineRunner {
    /** What a value of a Redis server may have, each byte escaped, would be eight times this. */
    private static final int MAX_LINE_LENGTH = 256 << 20;

    /** Before that, Ctrl-C need not do anything. */
    private static final int LATE_MS = 200;

    private static final Set<String> SUBSCRIBING = Set.of("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE");
    private static final Set<String> UNSUBSCRIBING = Set.of("UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE");

    /** Their replies never end, or do not come. */
    private static final Set<String> REFUSED = Set.of("MONITOR", "SYNC", "PSYNC");

    private static final Set<String> ENDS_OF_TRANSACTIONS = Set.of("EXEC", "DISCARD", "RESET");

    private final ServerConnection server;
    private final Supplier<KnownCommands> commands;
    private final ReplyStream replies;
    private final Interrupts interrupts;
    private volatile boolean isInTransaction;

    /** @param commands for HELP; a script does without, and starts faster */
    ServerShell(ServerConnection server, Supplier<KnownCommands> commands, ReplyStream replies, Interrupts interrupts) {
        this.server = server;
        this.commands = commands;
        this.replies = replies;
        this.interrupts = interrupts;
    }

    @Override
    public String prompt() {
        return server.endpoint() + (isInTransaction ? "(TX)> " : "> ");
    }

    @Override
    public int maxLineLength() {
        return MAX_LINE_LENGTH;
    }

    @Override
    public Status rejectTooLong() throws IOException {
        replies.error("line too long: it may have " + MAX_LINE_LENGTH + " bytes; it was ignored");
        return Status.GOES_ON;
    }

    @Override
    public Status execute(byte[] line, int from, int to) throws IOException {
        if (to - from > MAX_LINE_LENGTH) {
            return rejectTooLong();
        }
        List<byte[]> words;
        try {
            words = Lexer.split(line, from, to);
        } catch (LineSyntaxException e) {
            replies.error(e.getMessage());
            return Status.GOES_ON;
        }
        return words.isEmpty() ? Status.GOES_ON : execute(words);
    }

    private Status execute(List<byte[]> words) throws IOException {
        String name = upper(words.get(0));
        if (PromptCommands.QUIT.names().contains(name)) {
            return Status.QUIT;
        }
        if (PromptCommands.HELP.name().equals(name)) {
            help(words);
        } else if (REFUSED.contains(name) || isSilencing(name, words)) {
            replies.error("the prompt cannot show what " + name + " replies");
        } else {
            try {
                perform(name, words);
            } catch (IOException e) {
                // What the server has replied so far comes before the message about its end.
                replies.flush();
                throw e;
            }
        }
        return Status.GOES_ON;
    }

    /** After CLIENT REPLY, the prompt would wait for replies that do not come. */
    private static boolean isSilencing(String name, List<byte[]> words) {
        return name.equals("CLIENT") && words.size() > 1 && upper(words.get(1)).equals("REPLY");
    }

    private void help(List<byte[]> words) throws IOException {
        if (words.size() == 1) {
            replies.text(commands.get().help());
            return;
        }
        Command<?> command = commands.get().named(words.get(1));
        if (command == null) {
            replies.error("unknown command " + Quoting.quote(words.get(1)) + "; HELP lists the commands of Poro");
        } else {
            replies.text(KnownCommands.helpOn(command));
        }
    }

    private void perform(String name, List<byte[]> words) throws IOException {
        boolean isSubscribing = SUBSCRIBING.contains(name) && words.size() > 1 && !isInTransaction;
        LateInterrupt interrupt = new LateInterrupt();
        try {
            server.send(words);
            if (isSubscribing && server.peek() != RespInput.ERROR) {
                interrupt.end();
                showMessages();
            } else if (UNSUBSCRIBING.contains(name) && !isInTransaction) {
                readConfirmations(Math.max(1, words.size() - 1));
            } else {
                readReply(name);
            }
        } finally {
            interrupt.end();
        }
    }

    /** Nothing is subscribed at the prompt. There is one reply for each name, which is a message, or one error. */
    private void readConfirmations(int count) throws IOException {
        int read = 0;
        while (read < count && server.read(replies) != RespInput.ERROR) {
            read++;
        }
    }

    /** Messages that no command has asked for may come before. */
    private void readReply(String name) throws IOException {
        char type = server.read(replies);
        while (type == RespInput.PUSH) {
            type = server.read(replies);
        }
        if (name.equals("MULTI") && type != RespInput.ERROR) {
            isInTransaction = true;
        } else if (ENDS_OF_TRANSACTIONS.contains(name)) {
            isInTransaction = false;
        }
    }

    /** Has Ctrl-C give up a command that takes long, whatever it waits for. */
    private final class LateInterrupt {
        private boolean isListening;
        private boolean isOver;

        LateInterrupt() {
            if (interrupts != Interrupts.NONE) {
                CompletableFuture.delayedExecutor(LATE_MS, TimeUnit.MILLISECONDS)
                        .execute(this::listen);
            }
        }

        private synchronized void listen() {
            if (!isOver) {
                isListening = true;
                interrupts.listen(server::abort);
            }
        }

        /** If it was ended before, this does nothing. */
        synchronized void end() {
            if (isListening && !isOver) {
                interrupts.ignore();
            }
            isOver = true;
        }
    }

    /**
     * Shows messages until Ctrl-C. Then PING tells the end of them: its reply is the only one that is a word, and comes
     * after all messages, because nothing is subscribed any more.
     */
    private void showMessages() throws IOException {
        interrupts.listen(new Unsubscribing());
        try {
            while (isMessage(server.peek())) {
                server.read(replies);
                replies.flush();
            }
            server.read(new SilentReplies());
        } finally {
            interrupts.ignore();
        }
    }

    private static boolean isMessage(char type) {
        return type == RespInput.PUSH || type == '*';
    }

    /**
     * Ends the subscriptions, on the thread that Ctrl-C calls, while that of the prompt waits for messages. Once more,
     * a moment later, it gives up the connection: then the server does not answer.
     */
    private final class Unsubscribing implements Runnable {
        private final AtomicReference<Instant> begin = new AtomicReference<>();

        @Override
        public void run() {
            if (begin.compareAndSet(null, Instant.now())) {
                unsubscribe();
            } else if (begin.get().plusMillis(LATE_MS).isBefore(Instant.now())) {
                server.abort();
            }
        }

        private void unsubscribe() {
            try {
                for (String name : List.of("UNSUBSCRIBE", "PUNSUBSCRIBE", "PING")) {
                    server.send(List.of(name.getBytes(StandardCharsets.US_ASCII)));
                }
            } catch (IOException e) {
                // The thread that reads learns of it.
            }
        }
    }

    private static String upper(byte[] name) {
        return new String(name, StandardCharsets.UTF_8).toUpperCase(Locale.ROOT);
    }
}
