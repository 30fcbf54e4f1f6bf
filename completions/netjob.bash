# bash completion for netjob, made from its command table: do not edit.

# What can follow the words typed so far.
_netjob_words() {
  case $1 in
    '') REPLY='init whoami help completion version network credential device platform job trigger filter tool agent run-due upcoming approval history config neighbor status cancel user role setting mail trap notification audit db doctor delete' ;;
    'network') REPLY='add list show edit delete trust' ;;
    'credential') REPLY='add list show edit delete rekey' ;;
    'device') REPLY='add list show edit delete import export test trust' ;;
    'platform') REPLY='list show check' ;;
    'job') REPLY='create list show edit targets preview run enable disable copy delete log export apply' ;;
    'trigger') REPLY='add list show edit enable disable remove preview' ;;
    'filter') REPLY='add list show edit delete test' ;;
    'tool') REPLY='list show check limit unlimit' ;;
    'agent') REPLY='add list show pin delete' ;;
    'approval') REPLY='request approve reject comment close list show log' ;;
    'history') REPLY='list show output diff report prune' ;;
    'config') REPLY='list show diff log grep export-git' ;;
    'neighbor') REPLY='list map' ;;
    'user') REPLY='add list show edit grant revoke disable enable delete' ;;
    'role') REPLY='add list show edit delete' ;;
    'setting') REPLY='list get set' ;;
    'mail') REPLY='test' ;;
    'trap') REPLY='add list show edit remove test mib' ;;
    'notification') REPLY='list retry' ;;
    'audit') REPLY='log verify' ;;
    'db') REPLY='backup check migrate' ;;
    *) REPLY='' ;;
  esac
}

# The command that the words typed so far name.
_netjob_command() {
  case $1 in
    'network add') REPLY='network add' ;;
    'network list') REPLY='network list' ;;
    'network show') REPLY='network show' ;;
    'network edit') REPLY='network edit' ;;
    'network delete') REPLY='network delete' ;;
    'network trust') REPLY='network trust' ;;
    'credential add') REPLY='credential add' ;;
    'credential list') REPLY='credential list' ;;
    'credential show') REPLY='credential show' ;;
    'credential edit') REPLY='credential edit' ;;
    'credential delete') REPLY='credential delete' ;;
    'credential rekey') REPLY='credential rekey' ;;
    'device add') REPLY='device add' ;;
    'device list') REPLY='device list' ;;
    'device show') REPLY='device show' ;;
    'device edit') REPLY='device edit' ;;
    'device delete') REPLY='device delete' ;;
    'device import') REPLY='device import' ;;
    'device export') REPLY='device export' ;;
    'device test') REPLY='device test' ;;
    'device trust') REPLY='device trust' ;;
    'platform list') REPLY='platform list' ;;
    'platform show') REPLY='platform show' ;;
    'platform check') REPLY='platform check' ;;
    'job create') REPLY='job create' ;;
    'job list') REPLY='job list' ;;
    'job show') REPLY='job show' ;;
    'job edit') REPLY='job edit' ;;
    'job targets') REPLY='job targets' ;;
    'job preview') REPLY='job preview' ;;
    'job run') REPLY='job run' ;;
    'job enable') REPLY='job enable' ;;
    'job disable') REPLY='job disable' ;;
    'job copy') REPLY='job copy' ;;
    'job delete') REPLY='job delete' ;;
    'delete') REPLY='job delete' ;;
    'job log') REPLY='job log' ;;
    'job export') REPLY='job export' ;;
    'job apply') REPLY='job apply' ;;
    'trigger add') REPLY='trigger add' ;;
    'trigger list') REPLY='trigger list' ;;
    'trigger show') REPLY='trigger show' ;;
    'trigger edit') REPLY='trigger edit' ;;
    'trigger enable') REPLY='trigger enable' ;;
    'trigger disable') REPLY='trigger disable' ;;
    'trigger remove') REPLY='trigger remove' ;;
    'trigger preview') REPLY='trigger preview' ;;
    'filter add') REPLY='filter add' ;;
    'filter list') REPLY='filter list' ;;
    'filter show') REPLY='filter show' ;;
    'filter edit') REPLY='filter edit' ;;
    'filter delete') REPLY='filter delete' ;;
    'filter test') REPLY='filter test' ;;
    'tool list') REPLY='tool list' ;;
    'tool show') REPLY='tool show' ;;
    'tool check') REPLY='tool check' ;;
    'tool limit') REPLY='tool limit' ;;
    'tool unlimit') REPLY='tool unlimit' ;;
    'agent add') REPLY='agent add' ;;
    'agent list') REPLY='agent list' ;;
    'agent show') REPLY='agent show' ;;
    'agent pin') REPLY='agent pin' ;;
    'agent delete') REPLY='agent delete' ;;
    'approval request') REPLY='approval request' ;;
    'approval approve') REPLY='approval approve' ;;
    'approval reject') REPLY='approval reject' ;;
    'approval comment') REPLY='approval comment' ;;
    'approval close') REPLY='approval close' ;;
    'approval list') REPLY='approval list' ;;
    'approval show') REPLY='approval show' ;;
    'approval log') REPLY='approval log' ;;
    'history list') REPLY='history list' ;;
    'history show') REPLY='history show' ;;
    'history output') REPLY='history output' ;;
    'history diff') REPLY='history diff' ;;
    'history report') REPLY='history report' ;;
    'history prune') REPLY='history prune' ;;
    'config list') REPLY='config list' ;;
    'config show') REPLY='config show' ;;
    'config diff') REPLY='config diff' ;;
    'config log') REPLY='config log' ;;
    'config grep') REPLY='config grep' ;;
    'config export-git') REPLY='config export-git' ;;
    'neighbor list') REPLY='neighbor list' ;;
    'neighbor map') REPLY='neighbor map' ;;
    'user add') REPLY='user add' ;;
    'user list') REPLY='user list' ;;
    'user show') REPLY='user show' ;;
    'user edit') REPLY='user edit' ;;
    'user grant') REPLY='user grant' ;;
    'user revoke') REPLY='user revoke' ;;
    'user disable') REPLY='user disable' ;;
    'user enable') REPLY='user enable' ;;
    'user delete') REPLY='user delete' ;;
    'role add') REPLY='role add' ;;
    'role list') REPLY='role list' ;;
    'role show') REPLY='role show' ;;
    'role edit') REPLY='role edit' ;;
    'role delete') REPLY='role delete' ;;
    'setting list') REPLY='setting list' ;;
    'setting get') REPLY='setting get' ;;
    'setting set') REPLY='setting set' ;;
    'mail test') REPLY='mail test' ;;
    'trap add') REPLY='trap add' ;;
    'trap list') REPLY='trap list' ;;
    'trap show') REPLY='trap show' ;;
    'trap edit') REPLY='trap edit' ;;
    'trap remove') REPLY='trap remove' ;;
    'trap test') REPLY='trap test' ;;
    'trap mib') REPLY='trap mib' ;;
    'notification list') REPLY='notification list' ;;
    'notification retry') REPLY='notification retry' ;;
    'audit log') REPLY='audit log' ;;
    'audit verify') REPLY='audit verify' ;;
    'db backup') REPLY='db backup' ;;
    'db check') REPLY='db check' ;;
    'db migrate') REPLY='db migrate' ;;
    'init') REPLY='init' ;;
    'whoami') REPLY='whoami' ;;
    'run-due') REPLY='run-due' ;;
    'upcoming') REPLY='upcoming' ;;
    'status') REPLY='status' ;;
    'cancel') REPLY='cancel' ;;
    'doctor') REPLY='doctor' ;;
    'help') REPLY='help' ;;
    'completion') REPLY='completion' ;;
    'version') REPLY='version' ;;
    *) REPLY='' ;;
  esac
}

# The command that a noun stands for alone.
_netjob_default() {
  case $1 in
    'network') REPLY='network list' ;;
    'credential') REPLY='credential list' ;;
    'device') REPLY='device list' ;;
    'platform') REPLY='platform list' ;;
    'job') REPLY='job list' ;;
    'trigger') REPLY='trigger list' ;;
    'filter') REPLY='filter list' ;;
    'tool') REPLY='tool list' ;;
    'agent') REPLY='agent list' ;;
    'approval') REPLY='approval list' ;;
    'history') REPLY='history list' ;;
    'config') REPLY='config list' ;;
    'neighbor') REPLY='neighbor list' ;;
    'user') REPLY='user list' ;;
    'role') REPLY='role list' ;;
    'setting') REPLY='setting list' ;;
    'trap') REPLY='trap list' ;;
    'notification') REPLY='notification list' ;;
    'audit') REPLY='audit log' ;;
    *) REPLY='' ;;
  esac
}

# The options of a command.
_netjob_options() {
  case $1 in
    'network add') REPLY='--comment --host-keys --jump --jump-credential --transport --connect-timeout --login-timeout --command-timeout' ;;
    'network list') REPLY='--columns --sort' ;;
    'network edit') REPLY='--comment --host-keys --jump --jump-credential --transport --connect-timeout --login-timeout --command-timeout --no-jump' ;;
    'network delete') REPLY='--yes -y' ;;
    'network trust') REPLY='--fingerprint --key-type --scan --yes -y' ;;
    'credential add') REPLY='--username --password-stdin --enable-stdin --passphrase-stdin --private-key-file --snmp-community-stdin --agent --network --priority' ;;
    'credential list') REPLY='--columns --sort' ;;
    'credential edit') REPLY='--username --password-stdin --enable-stdin --passphrase-stdin --private-key-file --snmp-community-stdin --agent --no-agent --network --priority' ;;
    'credential delete') REPLY='--yes -y' ;;
    'credential rekey') REPLY='--yes -y' ;;
    'device add') REPLY='--address --platform --port --network --credential --tag --field --comment --disabled --legacy --transport --connect-timeout --login-timeout --command-timeout' ;;
    'device list') REPLY='--search --columns --sort' ;;
    'device edit') REPLY='--address --platform --port --network --credential --no-credential --tag --untag --field --comment --disabled --enabled --legacy --no-legacy --transport --no-transport --connect-timeout --login-timeout --command-timeout' ;;
    'device delete') REPLY='--yes -y' ;;
    'device import') REPLY='--format --update --keep-going --dry-run' ;;
    'device export') REPLY='--format --network --search' ;;
    'device test') REPLY='--record --log-dir' ;;
    'device trust') REPLY='--fingerprint --key-type --scan --yes -y' ;;
    'platform list') REPLY='--columns --sort' ;;
    'platform show') REPLY='--yaml' ;;
    'job create') REPLY='--type --network --comment --all-devices --search --device --devices-from --tool --agent --report --param --param-file --values --concurrency --batch --max-failures --timeout --retries --overlap --missed --grace --backup-after --save' ;;
    'job list') REPLY='--status --type --network --columns --sort' ;;
    'job edit') REPLY='--type --network --comment --all-devices --search --device --devices-from --tool --agent --report --param --param-file --values --concurrency --batch --max-failures --timeout --retries --overlap --missed --grace --backup-after --save --no-backup-after --no-save --reset' ;;
    'job targets') REPLY='--columns --sort' ;;
    'job preview') REPLY='--device' ;;
    'job run') REPLY='--device --no-wait --max-sessions --log-dir' ;;
    'job delete') REPLY='--yes -y' ;;
    'job log') REPLY='--columns --sort' ;;
    'job export') REPLY='--network' ;;
    'job apply') REPLY='--file -f --plan --prune --yes -y' ;;
    'trigger add') REPLY='--once --daily --weekly --monthly --cron --at --day --timezone --filter --disabled' ;;
    'trigger list') REPLY='--columns --sort' ;;
    'trigger edit') REPLY='--once --daily --weekly --monthly --cron --at --day --timezone --filter --no-filter --enabled --disabled' ;;
    'trigger remove') REPLY='--yes -y' ;;
    'trigger preview') REPLY='--once --daily --weekly --monthly --cron --at --day --timezone --filter --exclude --after --count' ;;
    'filter add') REPLY='--rule --timezone' ;;
    'filter list') REPLY='--columns --sort' ;;
    'filter show') REPLY='--upcoming' ;;
    'filter edit') REPLY='--rule --timezone' ;;
    'filter delete') REPLY='--yes -y' ;;
    'filter test') REPLY='--at --timezone' ;;
    'tool list') REPLY='--columns --sort' ;;
    'tool show') REPLY='--yaml' ;;
    'tool limit') REPLY='--role' ;;
    'agent add') REPLY='--command --changes-devices --timeout --with-credential --secret-parameter --comment' ;;
    'agent list') REPLY='--columns --sort' ;;
    'agent delete') REPLY='--yes -y' ;;
    'approval request') REPLY='--message -m --dry-run --yes -y' ;;
    'approval approve') REPLY='--message -m --revision --digest --yes -y' ;;
    'approval reject') REPLY='--message -m --revision --digest' ;;
    'approval comment') REPLY='--message -m' ;;
    'approval close') REPLY='--message -m' ;;
    'approval list') REPLY='--status --mine --waiting-for-me --all --columns --sort' ;;
    'approval show') REPLY='--request --output' ;;
    'approval log') REPLY='--execution --columns --sort' ;;
    'history list') REPLY='--job --type --network --user --status --since --until --limit --columns --sort' ;;
    'history show') REPLY='--output' ;;
    'history report') REPLY='--output' ;;
    'history prune') REPLY='--older-than --outputs-only --dry-run --yes -y' ;;
    'config list') REPLY='--columns --sort' ;;
    'config show') REPLY='--revision --kind' ;;
    'config diff') REPLY='--kind' ;;
    'config log') REPLY='--columns --sort' ;;
    'config grep') REPLY='--device --network --kind --ignore-case -i --context --without-match' ;;
    'config export-git') REPLY='--with-secrets' ;;
    'neighbor list') REPLY='--protocol --network --all --columns --sort' ;;
    'neighbor map') REPLY='--format --protocol --network --all' ;;
    'user add') REPLY='--mail --role' ;;
    'user list') REPLY='--columns --sort' ;;
    'user edit') REPLY='--mail --no-mail' ;;
    'user grant') REPLY='--network' ;;
    'user revoke') REPLY='--network' ;;
    'user delete') REPLY='--yes -y' ;;
    'role add') REPLY='--permission -p --comment' ;;
    'role list') REPLY='--columns --sort' ;;
    'role edit') REPLY='--permission -p --add --remove --comment' ;;
    'role delete') REPLY='--yes -y' ;;
    'setting list') REPLY='--columns --sort' ;;
    'setting set') REPLY='--stdin' ;;
    'trap add') REPLY='--host --port --version --inform --community-stdin --user --security-level --auth-protocol --auth-stdin --priv-protocol --priv-stdin' ;;
    'trap list') REPLY='--columns --sort' ;;
    'trap edit') REPLY='--host --no-inform --port --version --inform --community-stdin --user --security-level --auth-protocol --auth-stdin --priv-protocol --priv-stdin' ;;
    'trap remove') REPLY='--yes -y' ;;
    'notification list') REPLY='--status --limit --columns --sort' ;;
    'notification retry') REPLY='--all' ;;
    'audit log') REPLY='--since --until --user --action --limit --head --columns --sort' ;;
    'audit verify') REPLY='--head' ;;
    'db migrate') REPLY='--dry-run' ;;
    'init') REPLY='--admin --shared --install --account --group' ;;
    'whoami') REPLY='--can --network' ;;
    'run-due') REPLY='--at --dry-run --network --max-sessions --log-dir' ;;
    'upcoming') REPLY='--hours --columns --sort' ;;
    *) REPLY='' ;;
  esac
}

# The values of an option: fails for one that takes none.
_netjob_value() {
  case "$1 $2" in
    'network add --comment') REPLY='-' ;;
    'network add --host-keys') REPLY='w strict accept-new' ;;
    'network add --jump') REPLY='-' ;;
    'network add --jump-credential') REPLY='k credential' ;;
    'network add --transport') REPLY='w libssh2 openssh' ;;
    'network add --connect-timeout') REPLY='-' ;;
    'network add --login-timeout') REPLY='-' ;;
    'network add --command-timeout') REPLY='-' ;;
    'network list --columns') REPLY='l name hostKeys comment transport jump id timeouts' ;;
    'network list --sort') REPLY='w name hostKeys comment transport jump id timeouts -name -hostKeys -comment -transport -jump -id -timeouts' ;;
    'network edit --comment') REPLY='-' ;;
    'network edit --host-keys') REPLY='w strict accept-new' ;;
    'network edit --jump') REPLY='-' ;;
    'network edit --jump-credential') REPLY='k credential' ;;
    'network edit --transport') REPLY='w libssh2 openssh' ;;
    'network edit --connect-timeout') REPLY='-' ;;
    'network edit --login-timeout') REPLY='-' ;;
    'network edit --command-timeout') REPLY='-' ;;
    'network trust --fingerprint') REPLY='-' ;;
    'network trust --key-type') REPLY='w ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ssh-rsa ssh-dss' ;;
    'credential add --username') REPLY='-' ;;
    'credential add --private-key-file') REPLY='f' ;;
    'credential add --network') REPLY='k network' ;;
    'credential add --priority') REPLY='-' ;;
    'credential list --columns') REPLY='l name username network priority secrets updatedTime id' ;;
    'credential list --sort') REPLY='w name username network priority secrets updatedTime id -name -username -network -priority -secrets -updatedTime -id' ;;
    'credential edit --username') REPLY='-' ;;
    'credential edit --private-key-file') REPLY='f' ;;
    'credential edit --network') REPLY='k network' ;;
    'credential edit --priority') REPLY='-' ;;
    'device add --address') REPLY='-' ;;
    'device add --platform') REPLY='k platform' ;;
    'device add --port') REPLY='-' ;;
    'device add --network') REPLY='k network' ;;
    'device add --credential') REPLY='k credential' ;;
    'device add --tag') REPLY='-' ;;
    'device add --field') REPLY='-' ;;
    'device add --comment') REPLY='-' ;;
    'device add --transport') REPLY='w libssh2 openssh' ;;
    'device add --connect-timeout') REPLY='-' ;;
    'device add --login-timeout') REPLY='-' ;;
    'device add --command-timeout') REPLY='-' ;;
    'device list --search') REPLY='-' ;;
    'device list --columns') REPLY='l name address port platform network status tags lastSeen vendor model version serial comment changedTime id credential fields enabled legacy hostname unsaved hostKey transport timeouts' ;;
    'device list --sort') REPLY='w name address port platform network status tags lastSeen vendor model version serial comment changedTime id credential fields enabled legacy hostname unsaved hostKey transport timeouts -name -address -port -platform -network -status -tags -lastSeen -vendor -model -version -serial -comment -changedTime -id -credential -fields -enabled -legacy -hostname -unsaved -hostKey -transport -timeouts' ;;
    'device edit --address') REPLY='-' ;;
    'device edit --platform') REPLY='k platform' ;;
    'device edit --port') REPLY='-' ;;
    'device edit --network') REPLY='k network' ;;
    'device edit --credential') REPLY='k credential' ;;
    'device edit --tag') REPLY='-' ;;
    'device edit --untag') REPLY='-' ;;
    'device edit --field') REPLY='-' ;;
    'device edit --comment') REPLY='-' ;;
    'device edit --transport') REPLY='w libssh2 openssh' ;;
    'device edit --connect-timeout') REPLY='-' ;;
    'device edit --login-timeout') REPLY='-' ;;
    'device edit --command-timeout') REPLY='-' ;;
    'device import --format') REPLY='w csv json yaml ansible netbox oxidized' ;;
    'device export --format') REPLY='w csv json yaml' ;;
    'device export --network') REPLY='k network' ;;
    'device export --search') REPLY='-' ;;
    'device test --record') REPLY='f' ;;
    'device test --log-dir') REPLY='d' ;;
    'device trust --fingerprint') REPLY='-' ;;
    'device trust --key-type') REPLY='w ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ssh-rsa ssh-dss' ;;
    'platform list --columns') REPLY='l name title vendor file overrides modes runningCommand startupCommand changeMethod commitConfirmed saveCommand keepsChanges inventoryCommands neighborProtocols legacy' ;;
    'platform list --sort') REPLY='w name title vendor file overrides modes runningCommand startupCommand changeMethod commitConfirmed saveCommand keepsChanges inventoryCommands neighborProtocols legacy -name -title -vendor -file -overrides -modes -runningCommand -startupCommand -changeMethod -commitConfirmed -saveCommand -keepsChanges -inventoryCommands -neighborProtocols -legacy' ;;
    'job create --type') REPLY='w report discover neighbor backup agent-d tool' ;;
    'job create --network') REPLY='k network' ;;
    'job create --comment') REPLY='-' ;;
    'job create --search') REPLY='-' ;;
    'job create --device') REPLY='k device' ;;
    'job create --devices-from') REPLY='f' ;;
    'job create --tool') REPLY='k tool' ;;
    'job create --agent') REPLY='k agent' ;;
    'job create --report') REPLY='w inventory backup-summary config-changes job-history approval-audit credentials-used neighbors unsaved-changes' ;;
    'job create --param') REPLY='-' ;;
    'job create --param-file') REPLY='f' ;;
    'job create --values') REPLY='f' ;;
    'job create --concurrency') REPLY='-' ;;
    'job create --batch') REPLY='-' ;;
    'job create --max-failures') REPLY='-' ;;
    'job create --timeout') REPLY='-' ;;
    'job create --retries') REPLY='-' ;;
    'job create --overlap') REPLY='w skip queue' ;;
    'job create --missed') REPLY='w run-once skip' ;;
    'job create --grace') REPLY='-' ;;
    'job list --status') REPLY='w not-requested requested approved rejected closed not-needed' ;;
    'job list --type') REPLY='w report discover neighbor backup agent-d tool' ;;
    'job list --network') REPLY='k network' ;;
    'job list --columns') REPLY='l name type network owner revision approvalStatus nextFire comment id enabled' ;;
    'job list --sort') REPLY='w name type network owner revision approvalStatus nextFire comment id enabled -name -type -network -owner -revision -approvalStatus -nextFire -comment -id -enabled' ;;
    'job edit --type') REPLY='w report discover neighbor backup agent-d tool' ;;
    'job edit --network') REPLY='k network' ;;
    'job edit --comment') REPLY='-' ;;
    'job edit --search') REPLY='-' ;;
    'job edit --device') REPLY='k device' ;;
    'job edit --devices-from') REPLY='f' ;;
    'job edit --tool') REPLY='k tool' ;;
    'job edit --agent') REPLY='k agent' ;;
    'job edit --report') REPLY='w inventory backup-summary config-changes job-history approval-audit credentials-used neighbors unsaved-changes' ;;
    'job edit --param') REPLY='-' ;;
    'job edit --param-file') REPLY='f' ;;
    'job edit --values') REPLY='f' ;;
    'job edit --concurrency') REPLY='-' ;;
    'job edit --batch') REPLY='-' ;;
    'job edit --max-failures') REPLY='-' ;;
    'job edit --timeout') REPLY='-' ;;
    'job edit --retries') REPLY='-' ;;
    'job edit --overlap') REPLY='w skip queue' ;;
    'job edit --missed') REPLY='w run-once skip' ;;
    'job edit --grace') REPLY='-' ;;
    'job edit --reset') REPLY='w concurrency batch timeout retries overlap missed grace max-failures' ;;
    'job targets --columns') REPLY='l name address platform' ;;
    'job targets --sort') REPLY='w name address platform -name -address -platform' ;;
    'job preview --device') REPLY='k device' ;;
    'job run --device') REPLY='k device' ;;
    'job run --max-sessions') REPLY='-' ;;
    'job run --log-dir') REPLY='d' ;;
    'job log --columns') REPLY='l revision time user changes' ;;
    'job log --sort') REPLY='w revision time user changes -revision -time -user -changes' ;;
    'job export --network') REPLY='k network' ;;
    'job apply --file'|'job apply -f') REPLY='f' ;;
    'trigger add --once') REPLY='-' ;;
    'trigger add --daily') REPLY='-' ;;
    'trigger add --weekly') REPLY='-' ;;
    'trigger add --monthly') REPLY='-' ;;
    'trigger add --cron') REPLY='-' ;;
    'trigger add --at') REPLY='-' ;;
    'trigger add --day') REPLY='-' ;;
    'trigger add --timezone') REPLY='k timezone' ;;
    'trigger add --filter') REPLY='k filter' ;;
    'trigger list --columns') REPLY='l job name schedule timezone nextFire lastFire filters id kind enabled error' ;;
    'trigger list --sort') REPLY='w job name schedule timezone nextFire lastFire filters id kind enabled error -job -name -schedule -timezone -nextFire -lastFire -filters -id -kind -enabled -error' ;;
    'trigger edit --once') REPLY='-' ;;
    'trigger edit --daily') REPLY='-' ;;
    'trigger edit --weekly') REPLY='-' ;;
    'trigger edit --monthly') REPLY='-' ;;
    'trigger edit --cron') REPLY='-' ;;
    'trigger edit --at') REPLY='-' ;;
    'trigger edit --day') REPLY='-' ;;
    'trigger edit --timezone') REPLY='k timezone' ;;
    'trigger edit --filter') REPLY='k filter' ;;
    'trigger preview --once') REPLY='-' ;;
    'trigger preview --daily') REPLY='-' ;;
    'trigger preview --weekly') REPLY='-' ;;
    'trigger preview --monthly') REPLY='-' ;;
    'trigger preview --cron') REPLY='-' ;;
    'trigger preview --at') REPLY='-' ;;
    'trigger preview --day') REPLY='-' ;;
    'trigger preview --timezone') REPLY='k timezone' ;;
    'trigger preview --filter') REPLY='k filter' ;;
    'trigger preview --exclude') REPLY='-' ;;
    'trigger preview --after') REPLY='-' ;;
    'trigger preview --count') REPLY='-' ;;
    'filter add --rule') REPLY='-' ;;
    'filter add --timezone') REPLY='k timezone' ;;
    'filter list --columns') REPLY='l name rules timezone triggers id' ;;
    'filter list --sort') REPLY='w name rules timezone triggers id -name -rules -timezone -triggers -id' ;;
    'filter edit --rule') REPLY='-' ;;
    'filter edit --timezone') REPLY='k timezone' ;;
    'filter test --at') REPLY='-' ;;
    'filter test --timezone') REPLY='k timezone' ;;
    'tool list --columns') REPLY='l name changesDevices title platforms file limitedTo example parameters' ;;
    'tool list --sort') REPLY='w name changesDevices title platforms file limitedTo example parameters -name -changesDevices -title -platforms -file -limitedTo -example -parameters' ;;
    'tool limit --role') REPLY='k role' ;;
    'agent add --command') REPLY='f' ;;
    'agent add --timeout') REPLY='-' ;;
    'agent add --secret-parameter') REPLY='-' ;;
    'agent add --comment') REPLY='-' ;;
    'agent list --columns') REPLY='l name changesDevices command sha256 comment pinnedTime id withCredential timeout secretParameters pinnedBy' ;;
    'agent list --sort') REPLY='w name changesDevices command sha256 comment pinnedTime id withCredential timeout secretParameters pinnedBy -name -changesDevices -command -sha256 -comment -pinnedTime -id -withCredential -timeout -secretParameters -pinnedBy' ;;
    'approval request --message'|'approval request -m') REPLY='-' ;;
    'approval approve --message'|'approval approve -m') REPLY='-' ;;
    'approval approve --revision') REPLY='-' ;;
    'approval approve --digest') REPLY='-' ;;
    'approval reject --message'|'approval reject -m') REPLY='-' ;;
    'approval reject --revision') REPLY='-' ;;
    'approval reject --digest') REPLY='-' ;;
    'approval comment --message'|'approval comment -m') REPLY='-' ;;
    'approval close --message'|'approval close -m') REPLY='-' ;;
    'approval list --status') REPLY='w not-requested requested approved rejected closed' ;;
    'approval list --columns') REPLY='l job revision status requestedBy requestedTime approvals network eligible remark approvedTime expiresTime id savedBy authors required lapsed missing execution digest changedSince joined left' ;;
    'approval list --sort') REPLY='w job revision status requestedBy requestedTime approvals network eligible remark approvedTime expiresTime id savedBy authors required lapsed missing execution digest changedSince joined left -job -revision -status -requestedBy -requestedTime -approvals -network -eligible -remark -approvedTime -expiresTime -id -savedBy -authors -required -lapsed -missing -execution -digest -changedSince -joined -left' ;;
    'approval show --request') REPLY='-' ;;
    'approval show --output') REPLY='w html' ;;
    'approval log --execution') REPLY='-' ;;
    'approval log --columns') REPLY='l time user event revision message job request' ;;
    'approval log --sort') REPLY='w time user event revision message job request -time -user -event -revision -message -job -request' ;;
    'history list --job') REPLY='k job' ;;
    'history list --type') REPLY='w report discover neighbor backup agent-d tool' ;;
    'history list --network') REPLY='k network' ;;
    'history list --user') REPLY='k user' ;;
    'history list --status') REPLY='w pending running succeeded failed cancelled interrupted missed skipped not-approved' ;;
    'history list --since') REPLY='-' ;;
    'history list --until') REPLY='-' ;;
    'history list --limit') REPLY='-' ;;
    'history list --columns') REPLY='l id job status startTime user trigger devicesTotal devicesFailed summary endTime scheduledTime network type revision' ;;
    'history list --sort') REPLY='w id job status startTime user trigger devicesTotal devicesFailed summary endTime scheduledTime network type revision -id -job -status -startTime -user -trigger -devicesTotal -devicesFailed -summary -endTime -scheduledTime -network -type -revision' ;;
    'history show --output') REPLY='w html' ;;
    'history report --output') REPLY='f' ;;
    'history prune --older-than') REPLY='-' ;;
    'config list --columns') REPLY='l device kind revision time execution added removed' ;;
    'config list --sort') REPLY='w device kind revision time execution added removed -device -kind -revision -time -execution -added -removed' ;;
    'config show --revision') REPLY='-' ;;
    'config show --kind') REPLY='w running startup' ;;
    'config diff --kind') REPLY='w running startup' ;;
    'config log --columns') REPLY='l device kind revision time execution added removed' ;;
    'config log --sort') REPLY='w device kind revision time execution added removed -device -kind -revision -time -execution -added -removed' ;;
    'config grep --device') REPLY='k device' ;;
    'config grep --network') REPLY='k network' ;;
    'config grep --kind') REPLY='w running startup' ;;
    'config grep --context') REPLY='-' ;;
    'neighbor list --protocol') REPLY='w lldp cdp arp mac ospf bgp' ;;
    'neighbor list --network') REPLY='k network' ;;
    'neighbor list --columns') REPLY='l device protocol localInterface neighbor neighborInterface address state firstSeen lastSeen vlan mac platform capabilities routerId asn network present' ;;
    'neighbor list --sort') REPLY='w device protocol localInterface neighbor neighborInterface address state firstSeen lastSeen vlan mac platform capabilities routerId asn network present -device -protocol -localInterface -neighbor -neighborInterface -address -state -firstSeen -lastSeen -vlan -mac -platform -capabilities -routerId -asn -network -present' ;;
    'neighbor map --format') REPLY='w svg dot json' ;;
    'neighbor map --protocol') REPLY='w lldp cdp arp mac ospf bgp' ;;
    'neighbor map --network') REPLY='k network' ;;
    'user add --mail') REPLY='-' ;;
    'user add --role') REPLY='k role' ;;
    'user list --columns') REPLY='l name enabled grants mail id' ;;
    'user list --sort') REPLY='w name enabled grants mail id -name -enabled -grants -mail -id' ;;
    'user edit --mail') REPLY='-' ;;
    'user grant --network') REPLY='k network' ;;
    'user revoke --network') REPLY='k network' ;;
    'role add --permission'|'role add -p') REPLY='w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer' ;;
    'role add --comment') REPLY='-' ;;
    'role list --columns') REPLY='l name builtIn permissions comment' ;;
    'role list --sort') REPLY='w name builtIn permissions comment -name -builtIn -permissions -comment' ;;
    'role edit --permission'|'role edit -p') REPLY='w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer' ;;
    'role edit --add') REPLY='w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer' ;;
    'role edit --remove') REPLY='w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer' ;;
    'role edit --comment') REPLY='-' ;;
    'setting list --columns') REPLY='l key value allowed summary default' ;;
    'setting list --sort') REPLY='w key value allowed summary default -key -value -allowed -summary -default' ;;
    'trap add --host') REPLY='-' ;;
    'trap add --port') REPLY='-' ;;
    'trap add --version') REPLY='w 2c 3' ;;
    'trap add --user') REPLY='-' ;;
    'trap add --security-level') REPLY='w noAuthNoPriv authNoPriv authPriv' ;;
    'trap add --auth-protocol') REPLY='w sha sha-224 sha-256 sha-384 sha-512' ;;
    'trap add --priv-protocol') REPLY='w aes aes-192 aes-256' ;;
    'trap list --columns') REPLY='l name host port version inform user securityLevel id authProtocol privProtocol engineId' ;;
    'trap list --sort') REPLY='w name host port version inform user securityLevel id authProtocol privProtocol engineId -name -host -port -version -inform -user -securityLevel -id -authProtocol -privProtocol -engineId' ;;
    'trap edit --host') REPLY='-' ;;
    'trap edit --port') REPLY='-' ;;
    'trap edit --version') REPLY='w 2c 3' ;;
    'trap edit --user') REPLY='-' ;;
    'trap edit --security-level') REPLY='w noAuthNoPriv authNoPriv authPriv' ;;
    'trap edit --auth-protocol') REPLY='w sha sha-224 sha-256 sha-384 sha-512' ;;
    'trap edit --priv-protocol') REPLY='w aes aes-192 aes-256' ;;
    'notification list --status') REPLY='w waiting sent failed' ;;
    'notification list --limit') REPLY='-' ;;
    'notification list --columns') REPLY='l id time event subject channel recipient status attempts nextAttemptTime error giveUpTime endTime job device network execution' ;;
    'notification list --sort') REPLY='w id time event subject channel recipient status attempts nextAttemptTime error giveUpTime endTime job device network execution -id -time -event -subject -channel -recipient -status -attempts -nextAttemptTime -error -giveUpTime -endTime -job -device -network -execution' ;;
    'audit log --since') REPLY='-' ;;
    'audit log --until') REPLY='-' ;;
    'audit log --user') REPLY='k user' ;;
    'audit log --action') REPLY='-' ;;
    'audit log --limit') REPLY='-' ;;
    'audit log --columns') REPLY='l row time user action object detail mode loginUid previous hash' ;;
    'audit log --sort') REPLY='w row time user action object detail mode loginUid previous hash -row -time -user -action -object -detail -mode -loginUid -previous -hash' ;;
    'audit verify --head') REPLY='-' ;;
    'init --admin') REPLY='-' ;;
    'init --account') REPLY='-' ;;
    'init --group') REPLY='-' ;;
    'whoami --can') REPLY='w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer' ;;
    'whoami --network') REPLY='k network' ;;
    'run-due --at') REPLY='-' ;;
    'run-due --network') REPLY='k network' ;;
    'run-due --max-sessions') REPLY='-' ;;
    'run-due --log-dir') REPLY='d' ;;
    'upcoming --hours') REPLY='-' ;;
    'upcoming --columns') REPLY='l time job trigger status reasons network' ;;
    'upcoming --sort') REPLY='w time job trigger status reasons network -time -job -trigger -status -reasons -network' ;;
    *' --db') REPLY='f' ;;
    *) REPLY=''; return 1 ;;
  esac
}

# The values of an operand, counted from 0.
_netjob_operand() {
  case "$1 $2" in
    'network add 0') REPLY='-' ;;
    'network show 0') REPLY='k network' ;;
    'network edit 0') REPLY='k network' ;;
    'network delete 0') REPLY='k network' ;;
    'network trust 0') REPLY='k network' ;;
    'credential add 0') REPLY='-' ;;
    'credential show 0') REPLY='k credential' ;;
    'credential edit 0') REPLY='k credential' ;;
    'credential delete 0') REPLY='k credential' ;;
    'device add 0') REPLY='-' ;;
    'device show 0') REPLY='k device' ;;
    'device edit 0') REPLY='k device' ;;
    'device delete 0') REPLY='k device' ;;
    'device import 0') REPLY='f' ;;
    'device test 0') REPLY='k device' ;;
    'device trust 0') REPLY='k device' ;;
    'platform show 0') REPLY='k platform' ;;
    'platform check 0') REPLY='f' ;;
    'job create 0') REPLY='-' ;;
    'job show 0') REPLY='k job' ;;
    'job edit 0') REPLY='k job' ;;
    'job targets 0') REPLY='k job' ;;
    'job preview 0') REPLY='k job' ;;
    'job run 0') REPLY='k job' ;;
    'job enable 0') REPLY='k job' ;;
    'job disable 0') REPLY='k job' ;;
    'job copy 0') REPLY='k job' ;;
    'job copy 1') REPLY='-' ;;
    'job delete 0') REPLY='k job' ;;
    'job log 0') REPLY='k job' ;;
    'job export '[0-9]*) REPLY='k job' ;;
    'trigger add 0') REPLY='k job' ;;
    'trigger add 1') REPLY='-' ;;
    'trigger list 0') REPLY='k job' ;;
    'trigger show 0') REPLY='k job' ;;
    'trigger show 1') REPLY='k trigger' ;;
    'trigger edit 0') REPLY='k job' ;;
    'trigger edit 1') REPLY='k trigger' ;;
    'trigger enable 0') REPLY='k job' ;;
    'trigger enable 1') REPLY='k trigger' ;;
    'trigger disable 0') REPLY='k job' ;;
    'trigger disable 1') REPLY='k trigger' ;;
    'trigger remove 0') REPLY='k job' ;;
    'trigger remove 1') REPLY='k trigger' ;;
    'trigger preview 0') REPLY='k job' ;;
    'trigger preview 1') REPLY='k trigger' ;;
    'filter add 0') REPLY='-' ;;
    'filter show 0') REPLY='k filter' ;;
    'filter edit 0') REPLY='k filter' ;;
    'filter delete 0') REPLY='k filter' ;;
    'filter test 0') REPLY='k filter' ;;
    'tool show 0') REPLY='k tool' ;;
    'tool check 0') REPLY='f' ;;
    'tool limit 0') REPLY='k tool' ;;
    'tool unlimit 0') REPLY='k tool' ;;
    'agent add 0') REPLY='-' ;;
    'agent show 0') REPLY='k agent' ;;
    'agent pin 0') REPLY='k agent' ;;
    'agent delete 0') REPLY='k agent' ;;
    'approval request 0') REPLY='k job' ;;
    'approval approve 0') REPLY='k job' ;;
    'approval reject 0') REPLY='k job' ;;
    'approval comment 0') REPLY='k job' ;;
    'approval close 0') REPLY='k job' ;;
    'approval show 0') REPLY='k job' ;;
    'approval log 0') REPLY='k job' ;;
    'history show 0') REPLY='-' ;;
    'history output 0') REPLY='-' ;;
    'history output 1') REPLY='k device' ;;
    'history diff 0') REPLY='-' ;;
    'history diff 1') REPLY='k device' ;;
    'history report 0') REPLY='k execution' ;;
    'config list 0') REPLY='k device' ;;
    'config show 0') REPLY='k device' ;;
    'config diff 0') REPLY='k device' ;;
    'config diff 1') REPLY='-' ;;
    'config diff 2') REPLY='-' ;;
    'config log 0') REPLY='k device' ;;
    'config grep 0') REPLY='-' ;;
    'config export-git 0') REPLY='d' ;;
    'neighbor list 0') REPLY='k device' ;;
    'user add 0') REPLY='-' ;;
    'user show 0') REPLY='k user' ;;
    'user edit 0') REPLY='k user' ;;
    'user grant 0') REPLY='k user' ;;
    'user grant 1') REPLY='k right' ;;
    'user revoke 0') REPLY='k user' ;;
    'user revoke 1') REPLY='k right' ;;
    'user disable 0') REPLY='k user' ;;
    'user enable 0') REPLY='k user' ;;
    'user delete 0') REPLY='k user' ;;
    'role add 0') REPLY='-' ;;
    'role show 0') REPLY='k role' ;;
    'role edit 0') REPLY='k role' ;;
    'role delete 0') REPLY='k role' ;;
    'setting get 0') REPLY='k setting' ;;
    'setting set 0') REPLY='k setting' ;;
    'setting set 1') REPLY='-' ;;
    'mail test 0') REPLY='-' ;;
    'trap add 0') REPLY='-' ;;
    'trap show 0') REPLY='k trap' ;;
    'trap edit 0') REPLY='k trap' ;;
    'trap remove 0') REPLY='k trap' ;;
    'trap test 0') REPLY='k trap' ;;
    'notification retry '[0-9]*) REPLY='-' ;;
    'db backup 0') REPLY='f' ;;
    'cancel 0') REPLY='-' ;;
    'help '[0-9]*) REPLY='c' ;;
    'completion 0') REPLY='w bash zsh fish' ;;
    *) REPLY='-' ;;
  esac
}

# VALUES CURRENT OPERANDS: fills COMPREPLY.
_netjob_offer() {
  local IFS=$' \t\n' line
  case $1 in
    'w '*) COMPREPLY=($(compgen -W "${1#w }" -- "$2")) ;;
    'l '*)
      # Several, parted by commas: the ones before stay, and are not offered again.
      local kept='' offered=''
      [[ $2 == *,* ]] && kept=${2%,*},
      for line in ${1#l }; do [[ ,$kept == *,"$line",* ]] || offered+=" $kept$line"; done
      compopt -o nospace 2>/dev/null
      COMPREPLY=($(compgen -W "$offered" -- "$2")) ;;
    f) compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2") ;;
    d) compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$2") ;;
    'k '*)
      while IFS= read -r line; do
        [[ $line == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
      done < <(netjob __complete "${1#k }" "$2" 2>/dev/null) ;;
    c) _netjob_words "$3"
      COMPREPLY=($(compgen -W "$REPLY" -- "$2")) ;;
  esac
}

_netjob() {
  local IFS=$' \t\n' REPLY='' word current='' typed='' command='' pending='' literal='' operands=''
  local -i index last position=0
  local -a words=()
  COMPREPLY=()
  # bash cuts words at '=': put '--option=value' together again.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    last=$((${#words[@]} - 1))
    if ((last >= 0)) && [[ ${words[last]} == --*= || ($word == '=' && ${words[last]} == --?*) ]]; then
      words[last]+=$word
    else
      words+=("$word")
    fi
  done
  last=$((${#words[@]} - 1))
  ((last >= 0)) && current=${words[last]}
  for ((index = 0; index < last; index++)); do
    word=${words[index]}
    if [[ -n $pending ]]; then
      pending=''
    elif [[ -z $literal && $word == -?* ]]; then
      if [[ -z $command ]]; then
        # An option that only a command has means the noun's own command.
        _netjob_default "$typed"
        if [[ -n $REPLY ]]; then
          local standard=$REPLY
          _netjob_options "$standard"
          [[ " $REPLY " == *" ${word%%=*} "* ]] && command=$standard
        fi
      fi
      if [[ $word == -- ]]; then
        literal=1
      elif [[ $word != --*=* ]] && _netjob_value "$command" "$word"; then
        pending=$word
      fi
    elif [[ -z $command ]]; then
      typed=${typed:+$typed }$word
      _netjob_command "$typed"
      command=$REPLY
    else
      operands=${operands:+$operands }$word
      position+=1
    fi
  done
  local scope=$command
  if [[ -z $scope ]]; then
    _netjob_default "$typed"
    scope=$REPLY
  fi
  if [[ -n $pending ]]; then
    _netjob_value "$command" "$pending"
    _netjob_offer "$REPLY" "$current" ''
  elif [[ -z $literal && $current == --*=* ]]; then
    _netjob_value "$scope" "${current%%=*}" || return 0
    _netjob_offer "$REPLY" "${current#*=}" ''
    # Where bash does not cut words at '=', the whole word is replaced.
    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/${current%%=*}=}")
  elif [[ -z $literal && $current == -* ]]; then
    _netjob_options "$scope"
    COMPREPLY=($(compgen -W "$REPLY --db --json --no-color --quiet -q --verbose -v --help -h" -- "$current"))
  elif [[ -z $command ]]; then
    _netjob_words "$typed"
    COMPREPLY=($(compgen -W "$REPLY" -- "$current"))
  else
    _netjob_operand "$command" "$position"
    _netjob_offer "$REPLY" "$current" "$operands"
  fi
  return 0
}

complete -F _netjob netjob
