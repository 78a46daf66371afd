/**
 * The {@code poro} program: a prompt, and the same commands from a pipe.
 *
 * <p>How a line becomes a reply: {@link dev.poro.cli.TerminalSession} (a person at a terminal, JLine) or
 * {@link dev.poro.cli.StreamSession} (a script or a coprocess, bytes only) reads it, {@link dev.poro.cli.Lexer} splits
 * it into words, {@link dev.poro.cli.Shell} finds the command in {@link dev.poro.cli.PromptCommands} and runs it
 * against the store, {@link dev.poro.cli.ReplyStream} writes the reply. Most commands come from
 * {@code dev.poro.command}, which does not depend on lines or terminals.
 *
 * <p>Keys and values are bytes. A line is bytes too, and only what the user sees is text: always UTF-8, whatever the
 * locale, with everything that is not printable text written as {@code \xHH}, so that a printed value can be pasted
 * back (see {@link dev.poro.cli.Quoting}).
 *
 * <p>One thread, {@code main}, reads, executes and writes. A shutdown hook of the JVM closes the store on termination.
 * JLine is loaded for a terminal only.
 */
package dev.poro.cli;
