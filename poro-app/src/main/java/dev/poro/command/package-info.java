/**
 * The commands: what they are called, what arguments they take, and how they run against a store. Any front end can
 * use them; the prompt of {@code dev.poro.cli} does.
 *
 * <pre>
 *   words ──▶ CommandTable.named ──▶ Command.argumentErrorOf ──▶ Command.run ──▶ CommandStore (Poro, or contents that
 *             which command?         as many as it takes?        may it write?   are only looked at)
 *                                                                     └────────▶ Replies
 * </pre>
 *
 * <p>{@link dev.poro.command.StoreCommands} has the commands that need nothing but a store. A front end puts them into
 * its {@link dev.poro.command.CommandTable}, beside commands of its own, which may need more of its
 * {@link dev.poro.command.Session}: a terminal, a connection. HELP, hints and completion are made from the table, so a
 * command is described in one place. {@link dev.poro.command.ArgumentSpec} checks arguments.
 *
 * <p>Threads: tables and commands are immutable. A command runs on the thread that calls it, which is that of its
 * session, until the change has happened as the store's policy says.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A command of a store gives exactly one reply; or the store throws, there was none, and the front end replies
 *       with the message as an error.
 *   <li>No command that writes reaches a store that is only looked at.
 *   <li>Keys and values are bytes. Nothing here depends on the locale, on a terminal or on how replies look.
 * </ul>
 */
package dev.poro.command;
