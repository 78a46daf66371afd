package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.command.GlobPattern;
import dev.poro.command.Replies;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** The commands by which clients send each other messages. */
final class PubSubCommands {
    private static final Subcommands PUBSUB = new Subcommands(
            "PUBSUB",
            List.of(
                    Command.of(
                            "CHANNELS",
                            "[pattern]",
                            "Show the channels that have subscribers.",
                            PubSubCommands::channels),
                    Command.of("NUMSUB", "[channel ...]", "Show how many have subscribed.", PubSubCommands::numSub),
                    Command.of(
                            "NUMPAT",
                            "",
                            "Show how many patterns have subscribers.",
                            (session, words) -> session.replies()
                                    .integer(session.server().pubSub().patternCount()))));

    /** Their replies are messages. */
    static final Set<String> LISTENING = Set.of("SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE");

    private static final String FLAGS = "pubsub noscript loading stale";

    static final List<Command<ClientSession>> ALL = List.of(
            listening(
                    "SUBSCRIBE",
                    "channel [channel ...]",
                    "Receive the messages of channels.",
                    (session, words) -> subscribe(session, words, false)),
            listening(
                    "PSUBSCRIBE",
                    "pattern [pattern ...]",
                    "Receive the messages of all channels that match.",
                    (session, words) -> subscribe(session, words, true)),
            listening(
                    "UNSUBSCRIBE",
                    "[channel ...]",
                    "Receive no more messages of these channels, or of any.",
                    (session, words) -> unsubscribe(session, words, false)),
            listening(
                    "PUNSUBSCRIBE",
                    "[pattern ...]",
                    "Receive no more messages by these patterns, or by any.",
                    (session, words) -> unsubscribe(session, words, true)),
            Command.<ClientSession>of(
                            "PUBLISH",
                            "channel message",
                            "Send a message; show how many receive it. In a transaction, it is sent if that happens.",
                            PubSubCommands::publish)
                    .described("pubsub", "2.0.0", "pubsub loading stale fast"),
            PUBSUB.asCommand(
                    "Show channels and subscribers, see PUBSUB HELP.", "pubsub", "2.8.0", "pubsub loading stale"));

    private static Command<ClientSession> listening(
            String name, String arguments, String summary, Command.Action<ClientSession> action) {
        return Command.of(name, arguments, summary, action)
                .described("pubsub", "2.0.0", FLAGS)
                .outsideOfTransactions();
    }

    private PubSubCommands() {}

    static Subcommands subcommands() {
        return PUBSUB;
    }

    private static void channels(ClientSession session, List<byte[]> words) throws IOException {
        byte[] pattern = words.size() == 1 ? Words.bytes("*") : words.get(1);
        if (isTooLong(session, pattern)) {
            return;
        }
        List<byte[]> channels = session.server().pubSub().channels(new GlobPattern(pattern));
        session.replies().array(channels.size());
        for (byte[] channel : channels) {
            session.replies().value(channel);
        }
    }

    /** If so, the error is replied. */
    private static boolean isTooLong(ClientSession session, byte[] name) throws IOException {
        boolean isTooLong = name.length > PubSub.MAX_NAME_LENGTH;
        if (isTooLong) {
            session.replies()
                    .error("name or pattern of " + name.length + " bytes: the limit is " + PubSub.MAX_NAME_LENGTH);
        }
        return isTooLong;
    }

    /** All of them, or none. */
    private static void subscribe(ClientSession session, List<byte[]> words, boolean isPattern) throws IOException {
        for (byte[] name : words.subList(1, words.size())) {
            if (isTooLong(session, name)) {
                return;
            }
        }
        for (byte[] name : words.subList(1, words.size())) {
            session.subscriptions().add(name, isPattern);
            confirm(session, isPattern ? "psubscribe" : "subscribe", name);
        }
    }

    private static void unsubscribe(ClientSession session, List<byte[]> words, boolean isPattern) throws IOException {
        List<byte[]> named = words.subList(1, words.size());
        List<byte[]> names = named.isEmpty() ? session.subscriptions().names(isPattern) : named;
        String kind = isPattern ? "punsubscribe" : "unsubscribe";
        for (byte[] name : names) {
            session.subscriptions().remove(name, isPattern);
            confirm(session, kind, name);
        }
        if (names.isEmpty()) {
            confirm(session, kind, null);
        }
    }

    private static void confirm(ClientSession session, String kind, byte[] name) throws IOException {
        Replies replies = session.replies();
        replies.push(3);
        Words.reply(replies, kind);
        replies.value(name);
        replies.integer(session.subscriptions().count());
    }

    private static void publish(ClientSession session, List<byte[]> words) throws IOException {
        PubSub pubSub = session.server().pubSub();
        if (isTooLong(session, words.get(1))) {
            return;
        }
        if (session.isInTransaction()) {
            session.subscriptions().publishLater(session.replies(), words.get(1), words.get(2));
            session.replies().integer(pubSub.receivers(words.get(1)));
        } else {
            session.replies().integer(session.server().publish(words.get(1), words.get(2)));
        }
    }

    private static void numSub(ClientSession session, List<byte[]> words) throws IOException {
        session.replies().array(2 * (words.size() - 1));
        for (byte[] channel : words.subList(1, words.size())) {
            session.replies().value(channel);
            session.replies()
                    .integer(session.server().pubSub().subscribers(channel).size());
        }
    }
}
