/**
 * The commands: their names, their arguments, and how they run against a store. Any front end can use them; the prompt
 * of {@code dev.poro.cli} does.
 *
 * <pre>
 *   words ──▶ CommandTable.named ──▶ Command.argumentErrorOf ──▶ Command.run ──▶ CommandStore (Poro, or read-only
 *             which command?         as many as it takes?        may it write?   contents)
 *                                                                     ├────────▶ Replies
 *                                                                     └────────▶ Transaction, after MULTI
 * </pre>
 *
 * <p>{@link dev.poro.command.StoreCommands} has the commands that need nothing but a store. A front end puts them into
 * its {@link dev.poro.command.CommandTable}, beside commands of its own, which may need more of its
 * {@link dev.poro.command.Session}: a terminal, a connection. HELP, hints and completion are made from the table, so a
 * command is described in one place: its arguments, from which arity and the places of its keys follow, its flags, its
 * group. COMMAND INFO, DOCS and GETKEYS of a server can be made of it, too. {@link dev.poro.command.ArgumentSpec}
 * checks arguments.
 *
 * <p>A command that reads and writes, or that has several keys, is a {@code Work}: it runs on an {@code Overlay}, a
 * view that remembers what was read and what is to be changed. Then all changes become one batch, on condition that
 * what was read is still the same; if not, the work runs again, at last while the changes of all others wait. EXEC is
 * such a work, too, and so its commands need nothing of their own for transactions.
 *
 * <p>Threads: tables and commands are immutable. A command runs on its session's thread until the change is
 * acknowledged under the store's sync policy.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A command of a store gives exactly one reply, which may be an array; or the store throws before the reply, and
 *   the front end replies with the message as an error.
 *   <li>No command that writes reaches a read-only store.
 *   <li>Keys and values are bytes. Nothing here depends on the locale, on a terminal or on how replies look.
 * </ul>
 */
package dev.poro.command;
