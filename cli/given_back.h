/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_GIVEN_BACK_H
#define DSFIT_CLI_GIVEN_BACK_H

/*
 * What dsfit has printed can be given back to it. In a command line this replaces
 *
 *     --from=FILE, --from=-     by the options in that file or in the standard input
 *     "instead: -N 2 ..."       an argument that has options in it, by these options
 *
 * Such a text is one of dsfit's lines ("instead: ...", "or change the training: ...", "submit with:
 * sbatch ..."), options alone, or JSON of dsfit: of "size", a row of "plan", or an alternative.
 */

/* Expand the command line. What it returns stays until the command ends. A text without options in
 * it ends the command with a message. */
void cli_expand(int *argc, char ***argv);

/* Keep an allocated block, to which a command line points, until the command ends. */
void cli_keep(void *block);

#endif
