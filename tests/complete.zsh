# SPDX-License-Identifier: GPL-2.0-or-later
# What zsh completes a line to, one word a line: zsh -f tests/complete.zsh FOLDER LINE. FOLDER has
# the completions.
zmodload zsh/zpty
zpty z zsh -f -i
line() { local got; while zpty -r z got; do [[ $got == *$1* ]] && return; done }
zpty -w z "source /dev/stdin <<'END'
PROMPT=
fpath=(${(q)1} \$fpath)
autoload -U compinit && compinit -u -D
bindkey '^I' complete-word
begin() { print BEGIN }
finish() { print FINISH; exit }
compprefuncs=(begin) comppostfuncs=(finish)
compadd() {
	local -a found
	if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd \"\$@\"
		return
	fi
	builtin compadd -A found \"\$@\"
	(( ! \$#found )) || print -l -- WORD=\$^IPREFIX\$^found
	builtin compadd \"\$@\"
}
print READY
END"
line READY
zpty -w -n z "$2"$'\t'
local got
while zpty -r z got; do
	got=${${got%%$'\n'}%%$'\r'}
	[[ $got != *FINISH* ]] || break
	[[ $got != WORD=* ]] || print -r -- ${got#WORD=}
done
zpty -d z
