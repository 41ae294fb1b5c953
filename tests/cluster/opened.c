/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opened FILE CMD [ARG]...: run CMD, and say whether anybody opened FILE meanwhile: exit
 * status 0 if so, 1 if not, 2 where CMD failed or it cannot be told.
 */
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char events[4096];
	int watch, status;
	pid_t pid;

	watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (argc < 3 || watch < 0 || inotify_add_watch(watch, argv[1], IN_OPEN) < 0) {
		perror(argc < 3 ? argv[0] : argv[1]);
		return 2;
	}
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return 2;
	return read(watch, events, sizeof(events)) > 0 ? 0 : 1;
}
