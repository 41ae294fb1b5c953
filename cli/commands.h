/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_COMMANDS_H
#define DSFIT_CLI_COMMANDS_H

/* The subcommands. argv[0] is the subcommand's name. Each returns the command's exit status. */
int cli_size(int argc, char **argv);
int cli_plan(int argc, char **argv);
int cli_read(int argc, char **argv);
int cli_why(int argc, char **argv);
int cli_discover(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_gpus(int argc, char **argv);
int cli_models(int argc, char **argv);
int cli_guide(int argc, char **argv);

#endif
