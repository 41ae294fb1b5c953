// SPDX-License-Identifier: GPL-2.0-or-later
//
// What nothing in core/ may call. Coccinelle matches calls, not texts: a comment or a string with
// such a name is no match, a call over several lines is one. Every match is printed as a line that
// begins with "-".

@prints@
expression list es;
@@
* \(printf\|vprintf\|puts\|putchar\|putchar_unlocked\|perror\|psignal\|syslog\|vsyslog\|warn\|warnx\|vwarn\|vwarnx\)(es)

@prints_to@
@@
* \(stdout\|stderr\)

@reads_from@
@@
* stdin

@exits@
expression list es;
@@
* \(exit\|_exit\|_Exit\|quick_exit\|abort\|raise\|kill\|assert\|err\|errx\|verr\|verrx\|error\|error_at_line\|__assert_fail\)(es)

// These keep state between calls that all threads share.
@shares@
expression list es;
@@
* \(strtok\|localtime\|gmtime\|asctime\|ctime\|getpwnam\|getpwuid\|getgrnam\|getgrgid\|rand\|srand\|random\|setlocale\|setenv\|unsetenv\|putenv\|chdir\|umask\)(es)

// A decision must not wait, nor start anything.
@waits@
expression list es;
@@
* \(sleep\|usleep\|nanosleep\|fork\|vfork\|system\|popen\|execl\|execv\|execvp\|execve\|posix_spawn\|socket\|connect\)(es)
