# fish completion for netjob, made from its command table: do not edit.

# What can follow the words typed so far.
function __netjob_words
  switch "$argv[1]"
    case ''
      printf '%s\t%s\n' \
        'init' 'create the database, its key and the first administrator' \
        'whoami' 'show who you are here, what you may do, and why' \
        'help' 'explain a command in full' \
        'completion' 'write the completion script of a shell' \
        'version' 'show the version' \
        'network' 'sets of devices with their own people and credentials' \
        'credential' 'ways to log in to devices' \
        'device' 'routers, switches and what is known of them' \
        'platform' 'the kinds of command line that devices have' \
        'job' 'what is done to which devices' \
        'trigger' 'when jobs fire' \
        'filter' 'named sets of times at which triggers do not fire' \
        'tool' 'what jobs can do to devices' \
        'agent' 'programs that jobs of type agent-d start for each device' \
        'run-due' 'fire the triggers that are due and run their jobs' \
        'upcoming' 'show the next fires and what would block them' \
        'approval' 'a second person\'s consent to jobs that change devices' \
        'history' 'what was run, for whom and with which result' \
        'config' 'device configurations as backups stored them' \
        'neighbor' 'what devices say of the devices beside them' \
        'status' 'show how things stand: devices, jobs, runs, requests, notifications' \
        'cancel' 'stop an execution' \
        'user' 'who may do what' \
        'role' 'named sets of permissions' \
        'setting' 'how this netjob behaves' \
        'mail' 'whether mail goes out' \
        'trap' 'where SNMP traps go' \
        'notification' 'mail and traps that were sent or wait' \
        'audit' 'the record of every change, and whether it is whole' \
        'db' 'check, copy and upgrade the database' \
        'doctor' 'check the installation and say how to mend what is wrong' \
        'delete' 'delete a job with its triggers'
    case 'network'
      printf '%s\t%s\n' \
        'add' 'add a network' \
        'list' 'list the networks' \
        'show' 'show a network' \
        'edit' 'change a network' \
        'delete' 'delete a network that has no devices, jobs or credentials' \
        'trust' 'pin the host key of a network\'s jump host'
    case 'credential'
      printf '%s\t%s\n' \
        'add' 'add a credential' \
        'list' 'list the credentials, without their secrets' \
        'show' 'show a credential, without its secrets' \
        'edit' 'change a credential; a secret that is not given stays' \
        'delete' 'delete a credential that no device names' \
        'rekey' 'replace the key file and seal every secret anew'
    case 'device'
      printf '%s\t%s\n' \
        'add' 'add a device' \
        'list' 'list the devices' \
        'show' 'show what is known of a device' \
        'edit' 'change a device' \
        'delete' 'delete a device that no job names' \
        'import' 'add devices from a file' \
        'export' 'write devices as a file that device import reads' \
        'test' 'log in to a device and show its prompt and how long each step took' \
        'trust' 'pin the host key of a device'
    case 'platform'
      printf '%s\t%s\n' \
        'list' 'list the platforms' \
        'show' 'show what a platform can do, or its file' \
        'check' 'check a platform file'
    case 'job'
      printf '%s\t%s\n' \
        'create' 'create a job' \
        'list' 'list the jobs' \
        'show' 'show a job' \
        'edit' 'change a job' \
        'targets' 'show which devices a job would reach now' \
        'preview' 'show the commands that each device would get' \
        'run' 'run a job now' \
        'enable' 'let a job\'s triggers fire again' \
        'disable' 'keep a job\'s triggers from firing' \
        'copy' 'copy a job under another name' \
        'delete' 'delete a job with its triggers' \
        'log' 'list the revisions of a job' \
        'export' 'write jobs as a file that job apply reads' \
        'apply' 'make the jobs be as a file says'
    case 'trigger'
      printf '%s\t%s\n' \
        'add' 'add a trigger to a job' \
        'list' 'list the triggers of a job, or of all jobs' \
        'show' 'show a trigger' \
        'edit' 'change a trigger\'s schedule, zone or filters' \
        'enable' 'switch a trigger on' \
        'disable' 'switch a trigger off' \
        'remove' 'remove a trigger from its job' \
        'preview' 'show when a trigger or a schedule fires next'
    case 'filter'
      printf '%s\t%s\n' \
        'add' 'add a schedule filter' \
        'list' 'list the schedule filters' \
        'show' 'show a schedule filter, its triggers, and what it removes' \
        'edit' 'change a schedule filter' \
        'delete' 'delete a schedule filter that no trigger uses' \
        'test' 'ask whether a schedule filter removes a fire'
    case 'tool'
      printf '%s\t%s\n' \
        'list' 'list the tools' \
        'show' 'show a tool and its parameters, or its file' \
        'check' 'check a tool file' \
        'limit' 'limit a tool to roles' \
        'unlimit' 'open a limited tool to everyone whose permissions suffice'
    case 'agent'
      printf '%s\t%s\n' \
        'add' 'register a program and pin its file' \
        'list' 'list the agents' \
        'show' 'show an agent, and whether its file is the one that was pinned' \
        'pin' 'take an agent\'s file as it is now' \
        'delete' 'forget an agent; its file stays'
    case 'approval'
      printf '%s\t%s\n' \
        'request' 'ask for approval of a job' \
        'approve' 'approve what is asked for' \
        'reject' 'reject what is asked for, or withdraw an approval' \
        'comment' 'add a message to a request' \
        'close' 'take a request back' \
        'list' 'list the latest request of each job, the oldest first' \
        'show' 'show what is asked for' \
        'log' 'show who asked, decided and said what'
    case 'history'
      printf '%s\t%s\n' \
        'list' 'list executions, the newest first' \
        'show' 'show an execution with its devices and its approval' \
        'output' 'show what the devices of an execution answered' \
        'diff' 'show how an execution changed, or found changed, the configurations of its devices' \
        'report' 'print the report that an execution made' \
        'prune' 'delete old executions, or their outputs'
    case 'config'
      printf '%s\t%s\n' \
        'list' 'list the newest stored configuration of each device' \
        'show' 'show a stored configuration' \
        'diff' 'show how a stored configuration changed' \
        'log' 'list the revisions of a device\'s configurations' \
        'grep' 'search the newest configurations of all devices' \
        'export-git' 'export every stored configuration to a git repository'
    case 'neighbor'
      printf '%s\t%s\n' \
        'list' 'list the neighbours of devices' \
        'map' 'draw how devices are connected'
    case 'user'
      printf '%s\t%s\n' \
        'add' 'add a user' \
        'list' 'list the users and what they are granted' \
        'show' 'show a user, their rights and where each comes from' \
        'edit' 'change where a user\'s notifications go' \
        'grant' 'grant a user a role or permission' \
        'revoke' 'take a role or permission back from a user' \
        'disable' 'shut a user out; their grants stay' \
        'enable' 'let a disabled user in again' \
        'delete' 'delete a user; what they did stays in the records'
    case 'role'
      printf '%s\t%s\n' \
        'add' 'add a role of your own' \
        'list' 'list the roles and what they give' \
        'show' 'show a role, who holds it and which tools are limited to it' \
        'edit' 'change a role of your own, and the rights of all who hold it' \
        'delete' 'delete a role of your own that nobody holds'
    case 'setting'
      printf '%s\t%s\n' \
        'list' 'list the settings' \
        'get' 'print the value of a setting' \
        'set' 'change a setting'
    case 'mail'
      printf '%s\t%s\n' \
        'test' 'send a test mail now and say how it went'
    case 'trap'
      printf '%s\t%s\n' \
        'add' 'add a trap receiver' \
        'list' 'list the trap receivers' \
        'show' 'show a trap receiver, without its secrets' \
        'edit' 'change a trap receiver; a secret that is not given stays' \
        'remove' 'remove a trap receiver; what waits for it is given up' \
        'test' 'send a test notification now and say how it went' \
        'mib' 'print the MIB of the traps'
    case 'notification'
      printf '%s\t%s\n' \
        'list' 'list mail and traps that wait, were sent, or were given up, newest first' \
        'retry' 'try now to send what waits or was given up'
    case 'audit'
      printf '%s\t%s\n' \
        'log' 'list what was changed by whom, the newest first' \
        'verify' 'check that no row of the audit log was altered, removed or added, and that the history agrees with it'
    case 'db'
      printf '%s\t%s\n' \
        'backup' 'copy the database while others go on using it' \
        'check' 'read the whole database and check that it is sound' \
        'migrate' 'bring the database of an older netjob up to this one\'s schema'
  end
end

# The command that the words typed so far name.
function __netjob_command
  switch "$argv[1]"
    case 'network add'
      echo 'network add'
    case 'network list'
      echo 'network list'
    case 'network show'
      echo 'network show'
    case 'network edit'
      echo 'network edit'
    case 'network delete'
      echo 'network delete'
    case 'network trust'
      echo 'network trust'
    case 'credential add'
      echo 'credential add'
    case 'credential list'
      echo 'credential list'
    case 'credential show'
      echo 'credential show'
    case 'credential edit'
      echo 'credential edit'
    case 'credential delete'
      echo 'credential delete'
    case 'credential rekey'
      echo 'credential rekey'
    case 'device add'
      echo 'device add'
    case 'device list'
      echo 'device list'
    case 'device show'
      echo 'device show'
    case 'device edit'
      echo 'device edit'
    case 'device delete'
      echo 'device delete'
    case 'device import'
      echo 'device import'
    case 'device export'
      echo 'device export'
    case 'device test'
      echo 'device test'
    case 'device trust'
      echo 'device trust'
    case 'platform list'
      echo 'platform list'
    case 'platform show'
      echo 'platform show'
    case 'platform check'
      echo 'platform check'
    case 'job create'
      echo 'job create'
    case 'job list'
      echo 'job list'
    case 'job show'
      echo 'job show'
    case 'job edit'
      echo 'job edit'
    case 'job targets'
      echo 'job targets'
    case 'job preview'
      echo 'job preview'
    case 'job run'
      echo 'job run'
    case 'job enable'
      echo 'job enable'
    case 'job disable'
      echo 'job disable'
    case 'job copy'
      echo 'job copy'
    case 'job delete'
      echo 'job delete'
    case 'delete'
      echo 'job delete'
    case 'job log'
      echo 'job log'
    case 'job export'
      echo 'job export'
    case 'job apply'
      echo 'job apply'
    case 'trigger add'
      echo 'trigger add'
    case 'trigger list'
      echo 'trigger list'
    case 'trigger show'
      echo 'trigger show'
    case 'trigger edit'
      echo 'trigger edit'
    case 'trigger enable'
      echo 'trigger enable'
    case 'trigger disable'
      echo 'trigger disable'
    case 'trigger remove'
      echo 'trigger remove'
    case 'trigger preview'
      echo 'trigger preview'
    case 'filter add'
      echo 'filter add'
    case 'filter list'
      echo 'filter list'
    case 'filter show'
      echo 'filter show'
    case 'filter edit'
      echo 'filter edit'
    case 'filter delete'
      echo 'filter delete'
    case 'filter test'
      echo 'filter test'
    case 'tool list'
      echo 'tool list'
    case 'tool show'
      echo 'tool show'
    case 'tool check'
      echo 'tool check'
    case 'tool limit'
      echo 'tool limit'
    case 'tool unlimit'
      echo 'tool unlimit'
    case 'agent add'
      echo 'agent add'
    case 'agent list'
      echo 'agent list'
    case 'agent show'
      echo 'agent show'
    case 'agent pin'
      echo 'agent pin'
    case 'agent delete'
      echo 'agent delete'
    case 'approval request'
      echo 'approval request'
    case 'approval approve'
      echo 'approval approve'
    case 'approval reject'
      echo 'approval reject'
    case 'approval comment'
      echo 'approval comment'
    case 'approval close'
      echo 'approval close'
    case 'approval list'
      echo 'approval list'
    case 'approval show'
      echo 'approval show'
    case 'approval log'
      echo 'approval log'
    case 'history list'
      echo 'history list'
    case 'history show'
      echo 'history show'
    case 'history output'
      echo 'history output'
    case 'history diff'
      echo 'history diff'
    case 'history report'
      echo 'history report'
    case 'history prune'
      echo 'history prune'
    case 'config list'
      echo 'config list'
    case 'config show'
      echo 'config show'
    case 'config diff'
      echo 'config diff'
    case 'config log'
      echo 'config log'
    case 'config grep'
      echo 'config grep'
    case 'config export-git'
      echo 'config export-git'
    case 'neighbor list'
      echo 'neighbor list'
    case 'neighbor map'
      echo 'neighbor map'
    case 'user add'
      echo 'user add'
    case 'user list'
      echo 'user list'
    case 'user show'
      echo 'user show'
    case 'user edit'
      echo 'user edit'
    case 'user grant'
      echo 'user grant'
    case 'user revoke'
      echo 'user revoke'
    case 'user disable'
      echo 'user disable'
    case 'user enable'
      echo 'user enable'
    case 'user delete'
      echo 'user delete'
    case 'role add'
      echo 'role add'
    case 'role list'
      echo 'role list'
    case 'role show'
      echo 'role show'
    case 'role edit'
      echo 'role edit'
    case 'role delete'
      echo 'role delete'
    case 'setting list'
      echo 'setting list'
    case 'setting get'
      echo 'setting get'
    case 'setting set'
      echo 'setting set'
    case 'mail test'
      echo 'mail test'
    case 'trap add'
      echo 'trap add'
    case 'trap list'
      echo 'trap list'
    case 'trap show'
      echo 'trap show'
    case 'trap edit'
      echo 'trap edit'
    case 'trap remove'
      echo 'trap remove'
    case 'trap test'
      echo 'trap test'
    case 'trap mib'
      echo 'trap mib'
    case 'notification list'
      echo 'notification list'
    case 'notification retry'
      echo 'notification retry'
    case 'audit log'
      echo 'audit log'
    case 'audit verify'
      echo 'audit verify'
    case 'db backup'
      echo 'db backup'
    case 'db check'
      echo 'db check'
    case 'db migrate'
      echo 'db migrate'
    case 'init'
      echo 'init'
    case 'whoami'
      echo 'whoami'
    case 'run-due'
      echo 'run-due'
    case 'upcoming'
      echo 'upcoming'
    case 'status'
      echo 'status'
    case 'cancel'
      echo 'cancel'
    case 'doctor'
      echo 'doctor'
    case 'help'
      echo 'help'
    case 'completion'
      echo 'completion'
    case 'version'
      echo 'version'
  end
end

# The command that a noun stands for alone.
function __netjob_default
  switch "$argv[1]"
    case 'network'
      echo 'network list'
    case 'credential'
      echo 'credential list'
    case 'device'
      echo 'device list'
    case 'platform'
      echo 'platform list'
    case 'job'
      echo 'job list'
    case 'trigger'
      echo 'trigger list'
    case 'filter'
      echo 'filter list'
    case 'tool'
      echo 'tool list'
    case 'agent'
      echo 'agent list'
    case 'approval'
      echo 'approval list'
    case 'history'
      echo 'history list'
    case 'config'
      echo 'config list'
    case 'neighbor'
      echo 'neighbor list'
    case 'user'
      echo 'user list'
    case 'role'
      echo 'role list'
    case 'setting'
      echo 'setting list'
    case 'trap'
      echo 'trap list'
    case 'notification'
      echo 'notification list'
    case 'audit'
      echo 'audit log'
  end
end

# The options of a command; of none, the global ones.
function __netjob_options
  switch "$argv[1]"
    case ''
      printf '%s\t%s\n' \
        '--db' 'use this database instead of the one that NETJOB_DB or the standard places name' \
        '--json' 'write JSON to standard output' \
        '--no-color' 'write no colours' \
        '--quiet' 'write no messages about what was done' \
        '-q' 'write no messages about what was done' \
        '--verbose' 'write more messages about what is done' \
        '-v' 'write more messages about what is done' \
        '--help' 'show what this command takes and exit' \
        '-h' 'show what this command takes and exit'
    case 'network add'
      printf '%s\t%s\n' \
        '--comment' 'what the network is, for those who come later' \
        '--host-keys' 'whether the first host key seen is trusted (accept-new) or each must be pinned with \'device trust\' (strict)' \
        '--jump' 'reach its devices through this SSH server, a jump host' \
        '--jump-credential' 'log in to the jump host with this one' \
        '--transport' 'libssh2, or openssh: a process of the system\'s ssh for each session, for what libssh2 cannot negotiate; the keys of its caller\'s ssh_config are for credentials with --agent only' \
        '--connect-timeout' 'how long name resolution and connection may take; 0 takes the limit away' \
        '--login-timeout' 'how long key exchange and login may take; 0 takes the limit away' \
        '--command-timeout' 'how long a command may take where its tool or platform does not say; 0 takes the limit away'
    case 'network list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, hostKeys, comment, transport, jump, id, timeouts' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'network edit'
      printf '%s\t%s\n' \
        '--comment' 'what the network is, for those who come later' \
        '--host-keys' 'whether the first host key seen is trusted (accept-new) or each must be pinned with \'device trust\' (strict)' \
        '--jump' 'reach its devices through this SSH server, a jump host' \
        '--jump-credential' 'log in to the jump host with this one' \
        '--transport' 'libssh2, or openssh: a process of the system\'s ssh for each session, for what libssh2 cannot negotiate; the keys of its caller\'s ssh_config are for credentials with --agent only' \
        '--connect-timeout' 'how long name resolution and connection may take; 0 takes the limit away' \
        '--login-timeout' 'how long key exchange and login may take; 0 takes the limit away' \
        '--command-timeout' 'how long a command may take where its tool or platform does not say; 0 takes the limit away' \
        '--no-jump' 'reach its devices directly again'
    case 'network delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'network trust'
      printf '%s\t%s\n' \
        '--fingerprint' 'the fingerprint of the key, as ssh-keygen -l prints it' \
        '--key-type' 'the type of that key; without it, it is learned at the first contact' \
        '--scan' 'fetch the key from the jump host, show it and ask' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'credential add'
      printf '%s\t%s\n' \
        '--username' 'the user to log in as' \
        '--password-stdin' 'read the password from standard input, or be asked for it' \
        '--enable-stdin' 'read the password of the privileged mode from standard input, or be asked for it' \
        '--passphrase-stdin' 'read the passphrase of the private key from standard input, or be asked for it' \
        '--private-key-file' 'the private key to log in with, in OpenSSH or PEM form; - is standard input' \
        '--snmp-community-stdin' 'read an SNMP community from standard input, or be asked for it' \
        '--agent' 'log in with the keys of the SSH agent of whoever runs netjob; with nothing else, no secret is asked for' \
        '--network' 'offer it to all devices of this network' \
        '--priority' 'its place among the credentials of its network; lower is tried first; 100 unless given'
    case 'credential list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, username, network, priority, secrets, updatedTime, id' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'credential edit'
      printf '%s\t%s\n' \
        '--username' 'the user to log in as' \
        '--password-stdin' 'read the password from standard input, or be asked for it' \
        '--enable-stdin' 'read the password of the privileged mode from standard input, or be asked for it' \
        '--passphrase-stdin' 'read the passphrase of the private key from standard input, or be asked for it' \
        '--private-key-file' 'the private key to log in with, in OpenSSH or PEM form; - is standard input' \
        '--snmp-community-stdin' 'read an SNMP community from standard input, or be asked for it' \
        '--agent' 'log in with the keys of the SSH agent of whoever runs netjob; with nothing else, no secret is asked for' \
        '--no-agent' 'use no SSH agent any more' \
        '--network' 'offer it to all devices of this network' \
        '--priority' 'its place among the credentials of its network; lower is tried first; 100 unless given'
    case 'credential delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'credential rekey'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'device add'
      printf '%s\t%s\n' \
        '--address' 'its IP address or host name' \
        '--platform' 'what kind of command line it has; \'netjob platform list\' shows them' \
        '--port' 'the TCP port of its SSH server; 22 unless given' \
        '--network' 'the network that it belongs to; \'default\' unless given' \
        '--credential' 'log in with this one instead of those of the network' \
        '--tag' 'a word to search it by; repeatable' \
        '--field' 'a field of your own, such as site=berlin; without a value it is taken away; repeatable' \
        '--comment' 'what those who come later should know' \
        '--disabled' 'keep it, but let no job run on it' \
        '--legacy' 'allow old SSH algorithms, which are weak' \
        '--transport' 'libssh2, or openssh: a process of the system\'s ssh for each session, for what libssh2 cannot negotiate; the keys of its caller\'s ssh_config are for credentials with --agent only' \
        '--connect-timeout' 'how long name resolution and connection may take; 0 takes the limit away' \
        '--login-timeout' 'how long key exchange and login may take; 0 takes the limit away' \
        '--command-timeout' 'how long a command may take where its tool or platform does not say; 0 takes the limit away'
    case 'device list'
      printf '%s\t%s\n' \
        '--search' 'only the devices that match' \
        '--columns' 'show these columns, in this order, of: name, address, port, platform, network, status, tags, lastSeen, vendor, model, version, serial, comment, changedTime, id, credential, fields, enabled, legacy, hostname, unsaved, hostKey, transport, timeouts' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'device edit'
      printf '%s\t%s\n' \
        '--address' 'its IP address or host name' \
        '--platform' 'what kind of command line it has; \'netjob platform list\' shows them' \
        '--port' 'the TCP port of its SSH server; 22 unless given' \
        '--network' 'the network that it belongs to; \'default\' unless given' \
        '--credential' 'log in with this one instead of those of the network' \
        '--no-credential' 'log in with the credentials of the network again' \
        '--tag' 'a word to search it by; repeatable' \
        '--untag' 'take a tag away; repeatable' \
        '--field' 'a field of your own, such as site=berlin; without a value it is taken away; repeatable' \
        '--comment' 'what those who come later should know' \
        '--disabled' 'keep it, but let no job run on it' \
        '--enabled' 'let jobs run on it again' \
        '--legacy' 'allow old SSH algorithms, which are weak' \
        '--no-legacy' 'allow no old SSH algorithms' \
        '--transport' 'libssh2, or openssh: a process of the system\'s ssh for each session, for what libssh2 cannot negotiate; the keys of its caller\'s ssh_config are for credentials with --agent only' \
        '--no-transport' 'take the transport of the network again' \
        '--connect-timeout' 'how long name resolution and connection may take; 0 takes the limit away' \
        '--login-timeout' 'how long key exchange and login may take; 0 takes the limit away' \
        '--command-timeout' 'how long a command may take where its tool or platform does not say; 0 takes the limit away'
    case 'device delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'device import'
      printf '%s\t%s\n' \
        '--format' 'what the file is; by its name or beginning where that tells' \
        '--update' 'change devices that are there already, where the file says other things' \
        '--keep-going' 'import what is right though something else is wrong, and exit 1' \
        '--dry-run' 'show what would change, and change nothing'
    case 'device export'
      printf '%s\t%s\n' \
        '--format' 'what to write' \
        '--network' 'only devices of this network' \
        '--search' 'only the devices that match'
    case 'device test'
      printf '%s\t%s\n' \
        '--record' 'also read what the platform says can be read, and write the session to a new FILE, secrets masked; - is standard output' \
        '--log-dir' 'write what is sent to and received from each device to a file in this folder, secrets masked'
    case 'device trust'
      printf '%s\t%s\n' \
        '--fingerprint' 'the fingerprint of the key, as ssh-keygen -l prints it' \
        '--key-type' 'the type of that key; without it, it is learned at the first contact' \
        '--scan' 'fetch the key from the device, show it and ask' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'platform list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, title, vendor, file, overrides, modes, runningCommand, startupCommand, changeMethod, commitConfirmed, saveCommand, keepsChanges, inventoryCommands, neighborProtocols, legacy' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'platform show'
      printf '%s\t%s\n' \
        '--yaml' 'print its file, to begin one of your own with'
    case 'job create'
      printf '%s\t%s\n' \
        '--type' 'what it does: store configurations (backup), ask for neighbours (neighbor), run a tool, start an agent (agent-d), or report' \
        '--network' 'the network of its devices; default where it is left out' \
        '--comment' 'what the job is for, for those who come later' \
        '--all-devices' 'every enabled device of the network, as they are at each run' \
        '--search' 'the enabled devices that match, as they are at each run: \'platform:frr tag:edge\'' \
        '--device' 'this device; give it several times for a list' \
        '--devices-from' 'the devices that a file lists, one name per line, # begins a comment; - is standard input' \
        '--tool' 'the tool of a tool job' \
        '--agent' 'the agent of an agent-d job' \
        '--report' 'what a report job tells' \
        '--param' 'a parameter of the tool, agent or type; an empty value takes it out again' \
        '--param-file' 'a parameter from a file, - is standard input: for lists of lines, and for secrets' \
        '--values' 'parameters that differ per device: CSV, its first column \'device\', - is standard input' \
        '--concurrency' 'at most this many devices at once' \
        '--batch' 'begin with few devices: sizes of the batches, the last one repeating: 1,5,20%' \
        '--max-failures' 'begin no further batch after more failed devices than this' \
        '--timeout' 'the time for one device: 90s, 10m' \
        '--retries' 'how often a device that cannot be reached is tried again' \
        '--overlap' 'when the previous run has not ended: skip this one (the default), or queue it' \
        '--missed' 'when a fire is later than the grace: run-once (the default of reading jobs) or skip (that of changing ones)' \
        '--grace' 'how late a fire may be: by default 1h for reading jobs, 5m for changing ones' \
        '--backup-after' 'after a change, store the running configuration as a revision too' \
        '--save' 'after a verified change, save the running configuration on the device'
    case 'job list'
      printf '%s\t%s\n' \
        '--status' 'only with this approval status' \
        '--type' 'only of this type' \
        '--network' 'only of this network' \
        '--columns' 'show these columns, in this order, of: name, type, network, owner, revision, approvalStatus, nextFire, comment, id, enabled' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'job edit'
      printf '%s\t%s\n' \
        '--type' 'another type' \
        '--network' 'another network' \
        '--comment' 'what the job is for, for those who come later' \
        '--all-devices' 'every enabled device of the network, as they are at each run' \
        '--search' 'the enabled devices that match, as they are at each run: \'platform:frr tag:edge\'' \
        '--device' 'this device; give it several times for a list' \
        '--devices-from' 'the devices that a file lists, one name per line, # begins a comment; - is standard input' \
        '--tool' 'the tool of a tool job' \
        '--agent' 'the agent of an agent-d job' \
        '--report' 'what a report job tells' \
        '--param' 'a parameter of the tool, agent or type; an empty value takes it out again' \
        '--param-file' 'a parameter from a file, - is standard input: for lists of lines, and for secrets' \
        '--values' 'parameters that differ per device: CSV, its first column \'device\', - is standard input' \
        '--concurrency' 'at most this many devices at once' \
        '--batch' 'begin with few devices: sizes of the batches, the last one repeating: 1,5,20%' \
        '--max-failures' 'begin no further batch after more failed devices than this' \
        '--timeout' 'the time for one device: 90s, 10m' \
        '--retries' 'how often a device that cannot be reached is tried again' \
        '--overlap' 'when the previous run has not ended: skip this one (the default), or queue it' \
        '--missed' 'when a fire is later than the grace: run-once (the default of reading jobs) or skip (that of changing ones)' \
        '--grace' 'how late a fire may be: by default 1h for reading jobs, 5m for changing ones' \
        '--backup-after' 'after a change, store the running configuration as a revision too' \
        '--save' 'after a verified change, save the running configuration on the device' \
        '--no-backup-after' 'store no configuration after a change any more' \
        '--no-save' 'do not save on the device any more' \
        '--reset' 'put an option back to its default'
    case 'job targets'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, address, platform' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'job preview'
      printf '%s\t%s\n' \
        '--device' 'only this device'
    case 'job run'
      printf '%s\t%s\n' \
        '--device' 'run it on this one of its targets only' \
        '--no-wait' 'leave the execution to the next run-due and return at once' \
        '--max-sessions' 'hold at most this many sessions with devices at once, and no more than ulimit -n has room for' \
        '--log-dir' 'write what is sent to and received from each device to a file in this folder, secrets masked'
    case 'job delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'job log'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: revision, time, user, changes' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'job export'
      printf '%s\t%s\n' \
        '--network' 'only jobs of this network'
    case 'job apply'
      printf '%s\t%s\n' \
        '--file' 'the file of jobs; - is standard input' \
        '-f' 'the file of jobs; - is standard input' \
        '--plan' 'only show what would change: exit 0 when nothing, 1 when something would' \
        '--prune' 'delete the jobs of the networks in the file that are not in it' \
        '--yes' 'do not ask before jobs are deleted' \
        '-y' 'do not ask before jobs are deleted'
    case 'trigger add'
      printf '%s\t%s\n' \
        '--once' 'once, at this date and time of the trigger\'s zone: 2026-12-01T02:00' \
        '--daily' 'every N days from the 1st of each month (with --at); 1 is every day' \
        '--weekly' 'on these days of the week (with --at): mon,thu' \
        '--monthly' 'in these months, or all (with --day and --at): jan,jul' \
        '--cron' 'a crontab(5) expression of five fields: \'0 3 * * 1-5\'' \
        '--at' 'the time of day' \
        '--day' 'the day of the month, 1 to 31 or last; months without it are left out' \
        '--timezone' 'the IANA time zone of the schedule, Europe/Berlin; the system\'s where it is left out' \
        '--filter' 'leave out the times that this schedule filter matches' \
        '--disabled' 'add it switched off; it may then be one that never fires'
    case 'trigger list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: job, name, schedule, timezone, nextFire, lastFire, filters, id, kind, enabled, error' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'trigger edit'
      printf '%s\t%s\n' \
        '--once' 'once, at this date and time of the trigger\'s zone: 2026-12-01T02:00' \
        '--daily' 'every N days from the 1st of each month (with --at); 1 is every day' \
        '--weekly' 'on these days of the week (with --at): mon,thu' \
        '--monthly' 'in these months, or all (with --day and --at): jan,jul' \
        '--cron' 'a crontab(5) expression of five fields: \'0 3 * * 1-5\'' \
        '--at' 'the time of day' \
        '--day' 'the day of the month, 1 to 31 or last; months without it are left out' \
        '--timezone' 'the IANA time zone of the schedule, Europe/Berlin' \
        '--filter' 'a schedule filter in place of those that it uses; give it for each filter' \
        '--no-filter' 'use no schedule filter' \
        '--enabled' 'switch it on' \
        '--disabled' 'switch it off; it may then be one that never fires'
    case 'trigger remove'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'trigger preview'
      printf '%s\t%s\n' \
        '--once' 'once, at this date and time of the trigger\'s zone: 2026-12-01T02:00' \
        '--daily' 'every N days from the 1st of each month (with --at); 1 is every day' \
        '--weekly' 'on these days of the week (with --at): mon,thu' \
        '--monthly' 'in these months, or all (with --day and --at): jan,jul' \
        '--cron' 'a crontab(5) expression of five fields: \'0 3 * * 1-5\'' \
        '--at' 'the time of day' \
        '--day' 'the day of the month, 1 to 31 or last; months without it are left out' \
        '--timezone' 'the IANA time zone of the schedule, Europe/Berlin; the system\'s where it is left out' \
        '--filter' 'leave out the times that this schedule filter matches' \
        '--exclude' 'leave out the times that match: \'window mon-fri 08:00-18:00\', \'dates 2026-12-24..2027-01-02\'' \
        '--after' 'only times later than this one; now where it is left out' \
        '--count' 'how many times to show'
    case 'filter add'
      printf '%s\t%s\n' \
        '--rule' 'times that are left out: \'window mon-fri 08:00-18:00\', \'dates 2026-12-24..2027-01-02\', \'cron * 22-23 * * *\'' \
        '--timezone' 'the IANA time zone of rules that name none; the trigger\'s where it is left out'
    case 'filter list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, rules, timezone, triggers, id' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'filter show'
      printf '%s\t%s\n' \
        '--upcoming' 'list the fires that it removes in the next 30 days'
    case 'filter edit'
      printf '%s\t%s\n' \
        '--rule' 'a rule in place of all that are there; give it for each rule' \
        '--timezone' 'the IANA time zone of rules that name none; empty is the trigger\'s'
    case 'filter delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'filter test'
      printf '%s\t%s\n' \
        '--at' 'the time of a fire' \
        '--timezone' 'the zone of a trigger, for rules without one; the system\'s where it is left out'
    case 'tool list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, changesDevices, title, platforms, file, limitedTo, example, parameters' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'tool show'
      printf '%s\t%s\n' \
        '--yaml' 'print its file, to begin one of your own with'
    case 'tool limit'
      printf '%s\t%s\n' \
        '--role' 'a role whose holders may use it; repeatable'
    case 'agent add'
      printf '%s\t%s\n' \
        '--command' 'its program: a whole path, or the name of a file in the folder \'agents\' beside the database' \
        '--changes-devices' 'it changes devices: its jobs need approval' \
        '--timeout' 'the time for one device; a job\'s own --timeout still holds: 90s, 10m' \
        '--with-credential' 'give it the device\'s credential, secrets included, on its standard input' \
        '--secret-parameter' 'a parameter whose value is secret; give it several times for several' \
        '--comment' 'what it is for'
    case 'agent list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, changesDevices, command, sha256, comment, pinnedTime, id, withCredential, timeout, secretParameters, pinnedBy' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'agent delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'approval request'
      printf '%s\t%s\n' \
        '--message' 'why; it stays in the approval log' \
        '-m' 'why; it stays in the approval log' \
        '--dry-run' 'show all that would be asked, and ask for nothing' \
        '--yes' 'do not show what would be asked first, and do not ask back' \
        '-y' 'do not show what would be asked first, and do not ask back'
    case 'approval approve'
      printf '%s\t%s\n' \
        '--message' 'why; it stays in the approval log' \
        '-m' 'why; it stays in the approval log' \
        '--revision' 'refuse when the job or its request is at another revision (for scripts)' \
        '--digest' 'refuse when something else is asked than what has this digest (for scripts)' \
        '--yes' 'do not show what is asked, and do not ask' \
        '-y' 'do not show what is asked, and do not ask'
    case 'approval reject'
      printf '%s\t%s\n' \
        '--message' 'why; it stays in the approval log' \
        '-m' 'why; it stays in the approval log' \
        '--revision' 'refuse when the job or its request is at another revision (for scripts)' \
        '--digest' 'refuse when something else is asked than what has this digest (for scripts)'
    case 'approval comment'
      printf '%s\t%s\n' \
        '--message' 'why; it stays in the approval log' \
        '-m' 'why; it stays in the approval log'
    case 'approval close'
      printf '%s\t%s\n' \
        '--message' 'why; it stays in the approval log' \
        '-m' 'why; it stays in the approval log'
    case 'approval list'
      printf '%s\t%s\n' \
        '--status' 'only with this status' \
        '--mine' 'only those that you asked for, or whose revision you saved' \
        '--waiting-for-me' 'only those that wait for a decision and that you may approve' \
        '--all' 'every request, not only the latest of each job; deleted jobs\' too' \
        '--columns' 'show these columns, in this order, of: job, revision, status, requestedBy, requestedTime, approvals, network, eligible, remark, approvedTime, expiresTime, id, savedBy, authors, required, lapsed, missing, execution, digest, changedSince, joined, left' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'approval show'
      printf '%s\t%s\n' \
        '--request' 'the request with this number, an earlier one or a deleted job\'s' \
        '--output' 'html: a page on its own that prints on A4'
    case 'approval log'
      printf '%s\t%s\n' \
        '--execution' 'the log of the request that allowed this execution' \
        '--columns' 'show these columns, in this order, of: time, user, event, revision, message, job, request' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'history list'
      printf '%s\t%s\n' \
        '--job' 'only this job\'s, a deleted one\'s too' \
        '--type' 'only jobs of this type' \
        '--network' 'only this network\'s' \
        '--user' 'only what ran for this user' \
        '--status' 'only with this result' \
        '--since' 'only what began then or later: 2026-12-01T02:00, yesterday, 7d, last monday' \
        '--until' 'only what began earlier than that' \
        '--limit' 'at most this many, the newest' \
        '--columns' 'show these columns, in this order, of: id, job, status, startTime, user, trigger, devicesTotal, devicesFailed, summary, endTime, scheduledTime, network, type, revision' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'history show'
      printf '%s\t%s\n' \
        '--output' 'html: a page on its own that prints on A4'
    case 'history report'
      printf '%s\t%s\n' \
        '--output' 'write it to a new file instead of standard output'
    case 'history prune'
      printf '%s\t%s\n' \
        '--older-than' 'what ended longer ago than this: 90d, 52w; else as the settings history.keep* say' \
        '--outputs-only' 'delete what devices answered and reports; that they ran and how it ended stays' \
        '--dry-run' 'count what would go, and delete nothing' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'config list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: device, kind, revision, time, execution, added, removed' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'config show'
      printf '%s\t%s\n' \
        '--revision' 'this revision; the newest where it is left out' \
        '--kind' 'the running or the startup configuration'
    case 'config diff'
      printf '%s\t%s\n' \
        '--kind' 'the running or the startup configuration'
    case 'config log'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: device, kind, revision, time, execution, added, removed' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'config grep'
      printf '%s\t%s\n' \
        '--device' 'only this device\'s; give it several times for several' \
        '--network' 'only of the network\'s devices' \
        '--kind' 'only running or startup configurations; both where it is left out' \
        '--ignore-case' 'take upper and lower case for the same' \
        '-i' 'take upper and lower case for the same' \
        '--context' 'show so many lines before and after each line found' \
        '--without-match' 'list the configurations that have no line like it'
    case 'config export-git'
      printf '%s\t%s\n' \
        '--with-secrets' 'export configurations whole, secrets included'
    case 'neighbor list'
      printf '%s\t%s\n' \
        '--protocol' 'only by this protocol' \
        '--network' 'only of this network' \
        '--all' 'also those that the last reading did not show any more' \
        '--columns' 'show these columns, in this order, of: device, protocol, localInterface, neighbor, neighborInterface, address, state, firstSeen, lastSeen, vlan, mac, platform, capabilities, routerId, asn, network, present' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'neighbor map'
      printf '%s\t%s\n' \
        '--format' 'a picture (svg), the language of graphviz (dot), or the nodes and links (json)' \
        '--protocol' 'only by this protocol' \
        '--network' 'only of this network' \
        '--all' 'also those that the last reading did not show any more'
    case 'user add'
      printf '%s\t%s\n' \
        '--mail' 'where notifications go' \
        '--role' 'a role that holds for all networks; repeatable'
    case 'user list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, enabled, grants, mail, id' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'user edit'
      printf '%s\t%s\n' \
        '--mail' 'where notifications go' \
        '--no-mail' 'send them no notifications'
    case 'user grant'
      printf '%s\t%s\n' \
        '--network' 'for this network only; without it, for all'
    case 'user revoke'
      printf '%s\t%s\n' \
        '--network' 'for this network only; without it, for all'
    case 'user delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'role add'
      printf '%s\t%s\n' \
        '--permission' 'a permission that it gives; repeatable' \
        '-p' 'a permission that it gives; repeatable' \
        '--comment' 'who it is for'
    case 'role list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, builtIn, permissions, comment' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'role edit'
      printf '%s\t%s\n' \
        '--permission' 'a permission that it gives, in place of all that it gave; give it for each' \
        '-p' 'a permission that it gives, in place of all that it gave; give it for each' \
        '--add' 'a permission that it gives as well; repeatable' \
        '--remove' 'a permission that it no longer gives; repeatable' \
        '--comment' 'who it is for'
    case 'role delete'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'setting list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: key, value, allowed, summary, default' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'setting set'
      printf '%s\t%s\n' \
        '--stdin' 'read the value from standard input, or be asked for it: for secrets'
    case 'trap add'
      printf '%s\t%s\n' \
        '--host' 'its address or name' \
        '--port' 'its UDP port; 162 unless given' \
        '--version' 'SNMP 2c or 3; 2c unless given, 3 with --user' \
        '--inform' 'send informs, which it acknowledges' \
        '--community-stdin' 'read the community of 2c from standard input, or be asked for it' \
        '--user' 'the user of SNMPv3' \
        '--security-level' 'refuse when protocols and secrets make another level than this' \
        '--auth-protocol' 'how SNMPv3 authenticates; sha unless given' \
        '--auth-stdin' 'read the authentication secret of SNMPv3 from standard input, or be asked for it' \
        '--priv-protocol' 'how SNMPv3 encrypts; aes unless given' \
        '--priv-stdin' 'read the privacy secret of SNMPv3 from standard input, or be asked for it'
    case 'trap list'
      printf '%s\t%s\n' \
        '--columns' 'show these columns, in this order, of: name, host, port, version, inform, user, securityLevel, id, authProtocol, privProtocol, engineId' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'trap edit'
      printf '%s\t%s\n' \
        '--host' 'its address or name' \
        '--no-inform' 'send traps, which nobody acknowledges' \
        '--port' 'its UDP port; 162 unless given' \
        '--version' 'SNMP 2c or 3; 2c unless given, 3 with --user' \
        '--inform' 'send informs, which it acknowledges' \
        '--community-stdin' 'read the community of 2c from standard input, or be asked for it' \
        '--user' 'the user of SNMPv3' \
        '--security-level' 'refuse when protocols and secrets make another level than this' \
        '--auth-protocol' 'how SNMPv3 authenticates; sha unless given' \
        '--auth-stdin' 'read the authentication secret of SNMPv3 from standard input, or be asked for it' \
        '--priv-protocol' 'how SNMPv3 encrypts; aes unless given' \
        '--priv-stdin' 'read the privacy secret of SNMPv3 from standard input, or be asked for it'
    case 'trap remove'
      printf '%s\t%s\n' \
        '--yes' 'do not ask' \
        '-y' 'do not ask'
    case 'notification list'
      printf '%s\t%s\n' \
        '--status' 'only these' \
        '--limit' 'at most this many' \
        '--columns' 'show these columns, in this order, of: id, time, event, subject, channel, recipient, status, attempts, nextAttemptTime, error, giveUpTime, endTime, job, device, network, execution' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'notification retry'
      printf '%s\t%s\n' \
        '--all' 'everything that waits or was given up'
    case 'audit log'
      printf '%s\t%s\n' \
        '--since' 'only what was done then or later: 2026-12-01T02:00, yesterday, 7d, last monday' \
        '--until' 'only what was done earlier than that' \
        '--user' 'only what this user did, one who is gone too' \
        '--action' 'only this action (job.edit), or all that begin so (job)' \
        '--limit' 'at most this many, the newest' \
        '--head' 'print only the last row\'s number and hash, to be noted elsewhere' \
        '--columns' 'show these columns, in this order, of: row, time, user, action, object, detail, mode, loginUid, previous, hash' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
    case 'audit verify'
      printf '%s\t%s\n' \
        '--head' 'a head that was noted earlier, or its hash alone: it must still be in the chain'
    case 'db migrate'
      printf '%s\t%s\n' \
        '--dry-run' 'try it, tell what would be done, and undo it'
    case 'init'
      printf '%s\t%s\n' \
        '--admin' 'the first administrator; without it, you' \
        '--shared' 'set up a netjob for several people, as root' \
        '--install' 'with --shared: make the account, the group, the sudoers and the cron file too' \
        '--account' 'with --shared: the account that owns the files' \
        '--group' 'with --shared: the Unix group whose people may use it'
    case 'whoami'
      printf '%s\t%s\n' \
        '--can' 'only tell whether you hold this permission: 0 is yes, 4 is no' \
        '--network' 'for this network; without it, for all networks'
    case 'run-due'
      printf '%s\t%s\n' \
        '--at' 'act as if it were this time: a trigger that is due then fires now; administer is needed' \
        '--dry-run' 'show what would fire, on which devices, and change nothing' \
        '--network' 'fire triggers of jobs in this network only' \
        '--max-sessions' 'hold at most this many sessions with devices at once, and no more than ulimit -n has room for' \
        '--log-dir' 'write what is sent to and received from each device to a file in this folder, secrets masked'
    case 'upcoming'
      printf '%s\t%s\n' \
        '--hours' 'only fires within this many hours' \
        '--columns' 'show these columns, in this order, of: time, job, trigger, status, reasons, network' \
        '--sort' 'sort by this column; -COLUMN is the other way round'
  end
end

# The values of an option: nothing for one that takes none.
function __netjob_value
  switch "$argv[1] $argv[2]"
    case 'network add --comment'
      echo '-'
    case 'network add --host-keys'
      echo 'w strict accept-new'
    case 'network add --jump'
      echo '-'
    case 'network add --jump-credential'
      echo 'k credential'
    case 'network add --transport'
      echo 'w libssh2 openssh'
    case 'network add --connect-timeout'
      echo '-'
    case 'network add --login-timeout'
      echo '-'
    case 'network add --command-timeout'
      echo '-'
    case 'network list --columns'
      echo 'l name hostKeys comment transport jump id timeouts'
    case 'network list --sort'
      echo 'w name hostKeys comment transport jump id timeouts -name -hostKeys -comment -transport -jump -id -timeouts'
    case 'network edit --comment'
      echo '-'
    case 'network edit --host-keys'
      echo 'w strict accept-new'
    case 'network edit --jump'
      echo '-'
    case 'network edit --jump-credential'
      echo 'k credential'
    case 'network edit --transport'
      echo 'w libssh2 openssh'
    case 'network edit --connect-timeout'
      echo '-'
    case 'network edit --login-timeout'
      echo '-'
    case 'network edit --command-timeout'
      echo '-'
    case 'network trust --fingerprint'
      echo '-'
    case 'network trust --key-type'
      echo 'w ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ssh-rsa ssh-dss'
    case 'credential add --username'
      echo '-'
    case 'credential add --private-key-file'
      echo 'f'
    case 'credential add --network'
      echo 'k network'
    case 'credential add --priority'
      echo '-'
    case 'credential list --columns'
      echo 'l name username network priority secrets updatedTime id'
    case 'credential list --sort'
      echo 'w name username network priority secrets updatedTime id -name -username -network -priority -secrets -updatedTime -id'
    case 'credential edit --username'
      echo '-'
    case 'credential edit --private-key-file'
      echo 'f'
    case 'credential edit --network'
      echo 'k network'
    case 'credential edit --priority'
      echo '-'
    case 'device add --address'
      echo '-'
    case 'device add --platform'
      echo 'k platform'
    case 'device add --port'
      echo '-'
    case 'device add --network'
      echo 'k network'
    case 'device add --credential'
      echo 'k credential'
    case 'device add --tag'
      echo '-'
    case 'device add --field'
      echo '-'
    case 'device add --comment'
      echo '-'
    case 'device add --transport'
      echo 'w libssh2 openssh'
    case 'device add --connect-timeout'
      echo '-'
    case 'device add --login-timeout'
      echo '-'
    case 'device add --command-timeout'
      echo '-'
    case 'device list --search'
      echo '-'
    case 'device list --columns'
      echo 'l name address port platform network status tags lastSeen vendor model version serial comment changedTime id credential fields enabled legacy hostname unsaved hostKey transport timeouts'
    case 'device list --sort'
      echo 'w name address port platform network status tags lastSeen vendor model version serial comment changedTime id credential fields enabled legacy hostname unsaved hostKey transport timeouts -name -address -port -platform -network -status -tags -lastSeen -vendor -model -version -serial -comment -changedTime -id -credential -fields -enabled -legacy -hostname -unsaved -hostKey -transport -timeouts'
    case 'device edit --address'
      echo '-'
    case 'device edit --platform'
      echo 'k platform'
    case 'device edit --port'
      echo '-'
    case 'device edit --network'
      echo 'k network'
    case 'device edit --credential'
      echo 'k credential'
    case 'device edit --tag'
      echo '-'
    case 'device edit --untag'
      echo '-'
    case 'device edit --field'
      echo '-'
    case 'device edit --comment'
      echo '-'
    case 'device edit --transport'
      echo 'w libssh2 openssh'
    case 'device edit --connect-timeout'
      echo '-'
    case 'device edit --login-timeout'
      echo '-'
    case 'device edit --command-timeout'
      echo '-'
    case 'device import --format'
      echo 'w csv json yaml ansible netbox oxidized'
    case 'device export --format'
      echo 'w csv json yaml'
    case 'device export --network'
      echo 'k network'
    case 'device export --search'
      echo '-'
    case 'device test --record'
      echo 'f'
    case 'device test --log-dir'
      echo 'd'
    case 'device trust --fingerprint'
      echo '-'
    case 'device trust --key-type'
      echo 'w ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ssh-rsa ssh-dss'
    case 'platform list --columns'
      echo 'l name title vendor file overrides modes runningCommand startupCommand changeMethod commitConfirmed saveCommand keepsChanges inventoryCommands neighborProtocols legacy'
    case 'platform list --sort'
      echo 'w name title vendor file overrides modes runningCommand startupCommand changeMethod commitConfirmed saveCommand keepsChanges inventoryCommands neighborProtocols legacy -name -title -vendor -file -overrides -modes -runningCommand -startupCommand -changeMethod -commitConfirmed -saveCommand -keepsChanges -inventoryCommands -neighborProtocols -legacy'
    case 'job create --type'
      echo 'w report discover neighbor backup agent-d tool'
    case 'job create --network'
      echo 'k network'
    case 'job create --comment'
      echo '-'
    case 'job create --search'
      echo '-'
    case 'job create --device'
      echo 'k device'
    case 'job create --devices-from'
      echo 'f'
    case 'job create --tool'
      echo 'k tool'
    case 'job create --agent'
      echo 'k agent'
    case 'job create --report'
      echo 'w inventory backup-summary config-changes job-history approval-audit credentials-used neighbors unsaved-changes'
    case 'job create --param'
      echo '-'
    case 'job create --param-file'
      echo 'f'
    case 'job create --values'
      echo 'f'
    case 'job create --concurrency'
      echo '-'
    case 'job create --batch'
      echo '-'
    case 'job create --max-failures'
      echo '-'
    case 'job create --timeout'
      echo '-'
    case 'job create --retries'
      echo '-'
    case 'job create --overlap'
      echo 'w skip queue'
    case 'job create --missed'
      echo 'w run-once skip'
    case 'job create --grace'
      echo '-'
    case 'job list --status'
      echo 'w not-requested requested approved rejected closed not-needed'
    case 'job list --type'
      echo 'w report discover neighbor backup agent-d tool'
    case 'job list --network'
      echo 'k network'
    case 'job list --columns'
      echo 'l name type network owner revision approvalStatus nextFire comment id enabled'
    case 'job list --sort'
      echo 'w name type network owner revision approvalStatus nextFire comment id enabled -name -type -network -owner -revision -approvalStatus -nextFire -comment -id -enabled'
    case 'job edit --type'
      echo 'w report discover neighbor backup agent-d tool'
    case 'job edit --network'
      echo 'k network'
    case 'job edit --comment'
      echo '-'
    case 'job edit --search'
      echo '-'
    case 'job edit --device'
      echo 'k device'
    case 'job edit --devices-from'
      echo 'f'
    case 'job edit --tool'
      echo 'k tool'
    case 'job edit --agent'
      echo 'k agent'
    case 'job edit --report'
      echo 'w inventory backup-summary config-changes job-history approval-audit credentials-used neighbors unsaved-changes'
    case 'job edit --param'
      echo '-'
    case 'job edit --param-file'
      echo 'f'
    case 'job edit --values'
      echo 'f'
    case 'job edit --concurrency'
      echo '-'
    case 'job edit --batch'
      echo '-'
    case 'job edit --max-failures'
      echo '-'
    case 'job edit --timeout'
      echo '-'
    case 'job edit --retries'
      echo '-'
    case 'job edit --overlap'
      echo 'w skip queue'
    case 'job edit --missed'
      echo 'w run-once skip'
    case 'job edit --grace'
      echo '-'
    case 'job edit --reset'
      echo 'w concurrency batch timeout retries overlap missed grace max-failures'
    case 'job targets --columns'
      echo 'l name address platform'
    case 'job targets --sort'
      echo 'w name address platform -name -address -platform'
    case 'job preview --device'
      echo 'k device'
    case 'job run --device'
      echo 'k device'
    case 'job run --max-sessions'
      echo '-'
    case 'job run --log-dir'
      echo 'd'
    case 'job log --columns'
      echo 'l revision time user changes'
    case 'job log --sort'
      echo 'w revision time user changes -revision -time -user -changes'
    case 'job export --network'
      echo 'k network'
    case 'job apply --file' 'job apply -f'
      echo 'f'
    case 'trigger add --once'
      echo '-'
    case 'trigger add --daily'
      echo '-'
    case 'trigger add --weekly'
      echo '-'
    case 'trigger add --monthly'
      echo '-'
    case 'trigger add --cron'
      echo '-'
    case 'trigger add --at'
      echo '-'
    case 'trigger add --day'
      echo '-'
    case 'trigger add --timezone'
      echo 'k timezone'
    case 'trigger add --filter'
      echo 'k filter'
    case 'trigger list --columns'
      echo 'l job name schedule timezone nextFire lastFire filters id kind enabled error'
    case 'trigger list --sort'
      echo 'w job name schedule timezone nextFire lastFire filters id kind enabled error -job -name -schedule -timezone -nextFire -lastFire -filters -id -kind -enabled -error'
    case 'trigger edit --once'
      echo '-'
    case 'trigger edit --daily'
      echo '-'
    case 'trigger edit --weekly'
      echo '-'
    case 'trigger edit --monthly'
      echo '-'
    case 'trigger edit --cron'
      echo '-'
    case 'trigger edit --at'
      echo '-'
    case 'trigger edit --day'
      echo '-'
    case 'trigger edit --timezone'
      echo 'k timezone'
    case 'trigger edit --filter'
      echo 'k filter'
    case 'trigger preview --once'
      echo '-'
    case 'trigger preview --daily'
      echo '-'
    case 'trigger preview --weekly'
      echo '-'
    case 'trigger preview --monthly'
      echo '-'
    case 'trigger preview --cron'
      echo '-'
    case 'trigger preview --at'
      echo '-'
    case 'trigger preview --day'
      echo '-'
    case 'trigger preview --timezone'
      echo 'k timezone'
    case 'trigger preview --filter'
      echo 'k filter'
    case 'trigger preview --exclude'
      echo '-'
    case 'trigger preview --after'
      echo '-'
    case 'trigger preview --count'
      echo '-'
    case 'filter add --rule'
      echo '-'
    case 'filter add --timezone'
      echo 'k timezone'
    case 'filter list --columns'
      echo 'l name rules timezone triggers id'
    case 'filter list --sort'
      echo 'w name rules timezone triggers id -name -rules -timezone -triggers -id'
    case 'filter edit --rule'
      echo '-'
    case 'filter edit --timezone'
      echo 'k timezone'
    case 'filter test --at'
      echo '-'
    case 'filter test --timezone'
      echo 'k timezone'
    case 'tool list --columns'
      echo 'l name changesDevices title platforms file limitedTo example parameters'
    case 'tool list --sort'
      echo 'w name changesDevices title platforms file limitedTo example parameters -name -changesDevices -title -platforms -file -limitedTo -example -parameters'
    case 'tool limit --role'
      echo 'k role'
    case 'agent add --command'
      echo 'f'
    case 'agent add --timeout'
      echo '-'
    case 'agent add --secret-parameter'
      echo '-'
    case 'agent add --comment'
      echo '-'
    case 'agent list --columns'
      echo 'l name changesDevices command sha256 comment pinnedTime id withCredential timeout secretParameters pinnedBy'
    case 'agent list --sort'
      echo 'w name changesDevices command sha256 comment pinnedTime id withCredential timeout secretParameters pinnedBy -name -changesDevices -command -sha256 -comment -pinnedTime -id -withCredential -timeout -secretParameters -pinnedBy'
    case 'approval request --message' 'approval request -m'
      echo '-'
    case 'approval approve --message' 'approval approve -m'
      echo '-'
    case 'approval approve --revision'
      echo '-'
    case 'approval approve --digest'
      echo '-'
    case 'approval reject --message' 'approval reject -m'
      echo '-'
    case 'approval reject --revision'
      echo '-'
    case 'approval reject --digest'
      echo '-'
    case 'approval comment --message' 'approval comment -m'
      echo '-'
    case 'approval close --message' 'approval close -m'
      echo '-'
    case 'approval list --status'
      echo 'w not-requested requested approved rejected closed'
    case 'approval list --columns'
      echo 'l job revision status requestedBy requestedTime approvals network eligible remark approvedTime expiresTime id savedBy authors required lapsed missing execution digest changedSince joined left'
    case 'approval list --sort'
      echo 'w job revision status requestedBy requestedTime approvals network eligible remark approvedTime expiresTime id savedBy authors required lapsed missing execution digest changedSince joined left -job -revision -status -requestedBy -requestedTime -approvals -network -eligible -remark -approvedTime -expiresTime -id -savedBy -authors -required -lapsed -missing -execution -digest -changedSince -joined -left'
    case 'approval show --request'
      echo '-'
    case 'approval show --output'
      echo 'w html'
    case 'approval log --execution'
      echo '-'
    case 'approval log --columns'
      echo 'l time user event revision message job request'
    case 'approval log --sort'
      echo 'w time user event revision message job request -time -user -event -revision -message -job -request'
    case 'history list --job'
      echo 'k job'
    case 'history list --type'
      echo 'w report discover neighbor backup agent-d tool'
    case 'history list --network'
      echo 'k network'
    case 'history list --user'
      echo 'k user'
    case 'history list --status'
      echo 'w pending running succeeded failed cancelled interrupted missed skipped not-approved'
    case 'history list --since'
      echo '-'
    case 'history list --until'
      echo '-'
    case 'history list --limit'
      echo '-'
    case 'history list --columns'
      echo 'l id job status startTime user trigger devicesTotal devicesFailed summary endTime scheduledTime network type revision'
    case 'history list --sort'
      echo 'w id job status startTime user trigger devicesTotal devicesFailed summary endTime scheduledTime network type revision -id -job -status -startTime -user -trigger -devicesTotal -devicesFailed -summary -endTime -scheduledTime -network -type -revision'
    case 'history show --output'
      echo 'w html'
    case 'history report --output'
      echo 'f'
    case 'history prune --older-than'
      echo '-'
    case 'config list --columns'
      echo 'l device kind revision time execution added removed'
    case 'config list --sort'
      echo 'w device kind revision time execution added removed -device -kind -revision -time -execution -added -removed'
    case 'config show --revision'
      echo '-'
    case 'config show --kind'
      echo 'w running startup'
    case 'config diff --kind'
      echo 'w running startup'
    case 'config log --columns'
      echo 'l device kind revision time execution added removed'
    case 'config log --sort'
      echo 'w device kind revision time execution added removed -device -kind -revision -time -execution -added -removed'
    case 'config grep --device'
      echo 'k device'
    case 'config grep --network'
      echo 'k network'
    case 'config grep --kind'
      echo 'w running startup'
    case 'config grep --context'
      echo '-'
    case 'neighbor list --protocol'
      echo 'w lldp cdp arp mac ospf bgp'
    case 'neighbor list --network'
      echo 'k network'
    case 'neighbor list --columns'
      echo 'l device protocol localInterface neighbor neighborInterface address state firstSeen lastSeen vlan mac platform capabilities routerId asn network present'
    case 'neighbor list --sort'
      echo 'w device protocol localInterface neighbor neighborInterface address state firstSeen lastSeen vlan mac platform capabilities routerId asn network present -device -protocol -localInterface -neighbor -neighborInterface -address -state -firstSeen -lastSeen -vlan -mac -platform -capabilities -routerId -asn -network -present'
    case 'neighbor map --format'
      echo 'w svg dot json'
    case 'neighbor map --protocol'
      echo 'w lldp cdp arp mac ospf bgp'
    case 'neighbor map --network'
      echo 'k network'
    case 'user add --mail'
      echo '-'
    case 'user add --role'
      echo 'k role'
    case 'user list --columns'
      echo 'l name enabled grants mail id'
    case 'user list --sort'
      echo 'w name enabled grants mail id -name -enabled -grants -mail -id'
    case 'user edit --mail'
      echo '-'
    case 'user grant --network'
      echo 'k network'
    case 'user revoke --network'
      echo 'k network'
    case 'role add --permission' 'role add -p'
      echo 'w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer'
    case 'role add --comment'
      echo '-'
    case 'role list --columns'
      echo 'l name builtIn permissions comment'
    case 'role list --sort'
      echo 'w name builtIn permissions comment -name -builtIn -permissions -comment'
    case 'role edit --permission' 'role edit -p'
      echo 'w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer'
    case 'role edit --add'
      echo 'w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer'
    case 'role edit --remove'
      echo 'w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer'
    case 'role edit --comment'
      echo '-'
    case 'setting list --columns'
      echo 'l key value allowed summary default'
    case 'setting list --sort'
      echo 'w key value allowed summary default -key -value -allowed -summary -default'
    case 'trap add --host'
      echo '-'
    case 'trap add --port'
      echo '-'
    case 'trap add --version'
      echo 'w 2c 3'
    case 'trap add --user'
      echo '-'
    case 'trap add --security-level'
      echo 'w noAuthNoPriv authNoPriv authPriv'
    case 'trap add --auth-protocol'
      echo 'w sha sha-224 sha-256 sha-384 sha-512'
    case 'trap add --priv-protocol'
      echo 'w aes aes-192 aes-256'
    case 'trap list --columns'
      echo 'l name host port version inform user securityLevel id authProtocol privProtocol engineId'
    case 'trap list --sort'
      echo 'w name host port version inform user securityLevel id authProtocol privProtocol engineId -name -host -port -version -inform -user -securityLevel -id -authProtocol -privProtocol -engineId'
    case 'trap edit --host'
      echo '-'
    case 'trap edit --port'
      echo '-'
    case 'trap edit --version'
      echo 'w 2c 3'
    case 'trap edit --user'
      echo '-'
    case 'trap edit --security-level'
      echo 'w noAuthNoPriv authNoPriv authPriv'
    case 'trap edit --auth-protocol'
      echo 'w sha sha-224 sha-256 sha-384 sha-512'
    case 'trap edit --priv-protocol'
      echo 'w aes aes-192 aes-256'
    case 'notification list --status'
      echo 'w waiting sent failed'
    case 'notification list --limit'
      echo '-'
    case 'notification list --columns'
      echo 'l id time event subject channel recipient status attempts nextAttemptTime error giveUpTime endTime job device network execution'
    case 'notification list --sort'
      echo 'w id time event subject channel recipient status attempts nextAttemptTime error giveUpTime endTime job device network execution -id -time -event -subject -channel -recipient -status -attempts -nextAttemptTime -error -giveUpTime -endTime -job -device -network -execution'
    case 'audit log --since'
      echo '-'
    case 'audit log --until'
      echo '-'
    case 'audit log --user'
      echo 'k user'
    case 'audit log --action'
      echo '-'
    case 'audit log --limit'
      echo '-'
    case 'audit log --columns'
      echo 'l row time user action object detail mode loginUid previous hash'
    case 'audit log --sort'
      echo 'w row time user action object detail mode loginUid previous hash -row -time -user -action -object -detail -mode -loginUid -previous -hash'
    case 'audit verify --head'
      echo '-'
    case 'init --admin'
      echo '-'
    case 'init --account'
      echo '-'
    case 'init --group'
      echo '-'
    case 'whoami --can'
      echo 'w view run-job run-tool-job run-tool-job-without-approval approve-tool-job edit-job delete-job manage-devices manage-credentials manage-filters manage-users manage-settings administer'
    case 'whoami --network'
      echo 'k network'
    case 'run-due --at'
      echo '-'
    case 'run-due --network'
      echo 'k network'
    case 'run-due --max-sessions'
      echo '-'
    case 'run-due --log-dir'
      echo 'd'
    case 'upcoming --hours'
      echo '-'
    case 'upcoming --columns'
      echo 'l time job trigger status reasons network'
    case 'upcoming --sort'
      echo 'w time job trigger status reasons network -time -job -trigger -status -reasons -network'
    case '* --db'
      echo 'f'
  end
end

# The values of an operand, counted from 0.
function __netjob_operand
  switch "$argv[1] $argv[2]"
    case 'network add 0'
      echo '-'
    case 'network show 0'
      echo 'k network'
    case 'network edit 0'
      echo 'k network'
    case 'network delete 0'
      echo 'k network'
    case 'network trust 0'
      echo 'k network'
    case 'credential add 0'
      echo '-'
    case 'credential show 0'
      echo 'k credential'
    case 'credential edit 0'
      echo 'k credential'
    case 'credential delete 0'
      echo 'k credential'
    case 'device add 0'
      echo '-'
    case 'device show 0'
      echo 'k device'
    case 'device edit 0'
      echo 'k device'
    case 'device delete 0'
      echo 'k device'
    case 'device import 0'
      echo 'f'
    case 'device test 0'
      echo 'k device'
    case 'device trust 0'
      echo 'k device'
    case 'platform show 0'
      echo 'k platform'
    case 'platform check 0'
      echo 'f'
    case 'job create 0'
      echo '-'
    case 'job show 0'
      echo 'k job'
    case 'job edit 0'
      echo 'k job'
    case 'job targets 0'
      echo 'k job'
    case 'job preview 0'
      echo 'k job'
    case 'job run 0'
      echo 'k job'
    case 'job enable 0'
      echo 'k job'
    case 'job disable 0'
      echo 'k job'
    case 'job copy 0'
      echo 'k job'
    case 'job copy 1'
      echo '-'
    case 'job delete 0'
      echo 'k job'
    case 'job log 0'
      echo 'k job'
    case 'job export *'
      echo 'k job'
    case 'trigger add 0'
      echo 'k job'
    case 'trigger add 1'
      echo '-'
    case 'trigger list 0'
      echo 'k job'
    case 'trigger show 0'
      echo 'k job'
    case 'trigger show 1'
      echo 'k trigger'
    case 'trigger edit 0'
      echo 'k job'
    case 'trigger edit 1'
      echo 'k trigger'
    case 'trigger enable 0'
      echo 'k job'
    case 'trigger enable 1'
      echo 'k trigger'
    case 'trigger disable 0'
      echo 'k job'
    case 'trigger disable 1'
      echo 'k trigger'
    case 'trigger remove 0'
      echo 'k job'
    case 'trigger remove 1'
      echo 'k trigger'
    case 'trigger preview 0'
      echo 'k job'
    case 'trigger preview 1'
      echo 'k trigger'
    case 'filter add 0'
      echo '-'
    case 'filter show 0'
      echo 'k filter'
    case 'filter edit 0'
      echo 'k filter'
    case 'filter delete 0'
      echo 'k filter'
    case 'filter test 0'
      echo 'k filter'
    case 'tool show 0'
      echo 'k tool'
    case 'tool check 0'
      echo 'f'
    case 'tool limit 0'
      echo 'k tool'
    case 'tool unlimit 0'
      echo 'k tool'
    case 'agent add 0'
      echo '-'
    case 'agent show 0'
      echo 'k agent'
    case 'agent pin 0'
      echo 'k agent'
    case 'agent delete 0'
      echo 'k agent'
    case 'approval request 0'
      echo 'k job'
    case 'approval approve 0'
      echo 'k job'
    case 'approval reject 0'
      echo 'k job'
    case 'approval comment 0'
      echo 'k job'
    case 'approval close 0'
      echo 'k job'
    case 'approval show 0'
      echo 'k job'
    case 'approval log 0'
      echo 'k job'
    case 'history show 0'
      echo '-'
    case 'history output 0'
      echo '-'
    case 'history output 1'
      echo 'k device'
    case 'history diff 0'
      echo '-'
    case 'history diff 1'
      echo 'k device'
    case 'history report 0'
      echo 'k execution'
    case 'config list 0'
      echo 'k device'
    case 'config show 0'
      echo 'k device'
    case 'config diff 0'
      echo 'k device'
    case 'config diff 1'
      echo '-'
    case 'config diff 2'
      echo '-'
    case 'config log 0'
      echo 'k device'
    case 'config grep 0'
      echo '-'
    case 'config export-git 0'
      echo 'd'
    case 'neighbor list 0'
      echo 'k device'
    case 'user add 0'
      echo '-'
    case 'user show 0'
      echo 'k user'
    case 'user edit 0'
      echo 'k user'
    case 'user grant 0'
      echo 'k user'
    case 'user grant 1'
      echo 'k right'
    case 'user revoke 0'
      echo 'k user'
    case 'user revoke 1'
      echo 'k right'
    case 'user disable 0'
      echo 'k user'
    case 'user enable 0'
      echo 'k user'
    case 'user delete 0'
      echo 'k user'
    case 'role add 0'
      echo '-'
    case 'role show 0'
      echo 'k role'
    case 'role edit 0'
      echo 'k role'
    case 'role delete 0'
      echo 'k role'
    case 'setting get 0'
      echo 'k setting'
    case 'setting set 0'
      echo 'k setting'
    case 'setting set 1'
      echo '-'
    case 'mail test 0'
      echo '-'
    case 'trap add 0'
      echo '-'
    case 'trap show 0'
      echo 'k trap'
    case 'trap edit 0'
      echo 'k trap'
    case 'trap remove 0'
      echo 'k trap'
    case 'trap test 0'
      echo 'k trap'
    case 'notification retry *'
      echo '-'
    case 'db backup 0'
      echo 'f'
    case 'cancel 0'
      echo '-'
    case 'help *'
      echo 'c'
    case 'completion 0'
      echo 'w bash zsh fish'
  end
end

# VALUES CURRENT OPERANDS
function __netjob_offer
  set -l kind (string split -m 1 ' ' -- "$argv[1]")
  switch "$kind[1]"
    case w
      string split ' ' -- $kind[2]
    case l
      # Several, parted by commas: the ones before stay, and are not offered again.
      set -l kept (string match -r -- '^.*,' "$argv[2]")
      set -l fitting
      for word in (string split ' ' -- $kind[2])
        contains -- "$word" (string split ',' -- "$kept"); and continue
        echo "$kept$word"
        test (string sub -l (string length -- "$argv[2]") -- "$kept$word") = "$argv[2]"; and set -a fitting "$kept$word"
      end
      # One alone would get a blank behind it, where a comma may follow; with a second that begins the same it stays open.
      test (count $fitting) = 1; and echo "$fitting,"
    case f
      __fish_complete_path "$argv[2]"
    case d
      __fish_complete_directories "$argv[2]"
    case k
      netjob __complete "$kind[2]" "$argv[2]" 2>/dev/null
    case c
      __netjob_words "$argv[3]"
  end
end

function __netjob_complete
  set -l tokens (commandline -opc)
  set -l current (commandline -ct)
  set -l typed ''
  set -l command ''
  set -l pending ''
  set -l literal ''
  set -l operands ''
  set -l position 0
  for word in $tokens[2..-1]
    if test -n "$pending"
      set pending ''
    else if test -z "$literal"; and string match -q -- '-?*' "$word"
      if test -z "$command"
        # An option that only a command has means the noun's own command.
        set -l standard (__netjob_default "$typed")
        if test -n "$standard"
          set -l bare (string split -m 1 '=' -- "$word")[1]
          for option in (__netjob_options "$standard")
            if test (string split -m 1 \t -- "$option")[1] = "$bare"
              set command "$standard"
            end
          end
        end
      end
      if test "$word" = --
        set literal 1
      else if not string match -q -- '--*=*' "$word"; and test -n "$(__netjob_value "$command" "$word")"
        set pending "$word"
      end
    else if test -z "$command"
      set typed (string trim -- "$typed $word")
      set command (__netjob_command "$typed")
    else
      set operands (string trim -- "$operands $word")
      set position (math $position + 1)
    end
  end
  set -l scope "$command"
  test -n "$scope"; or set scope (__netjob_default "$typed")
  if test -n "$pending"
    __netjob_offer (__netjob_value "$command" "$pending") "$current" ''
  else if test -z "$literal"; and string match -q -- '--*=*' "$current"
    set -l parts (string split -m 1 '=' -- "$current")
    set -l values (__netjob_value "$scope" "$parts[1]")
    test -n "$values"; and string replace -r -- '^' "$parts[1]=" (__netjob_offer "$values" "$parts[2]" '')
  else if test -z "$literal"; and string match -q -- '-*' "$current"
    test -n "$scope"; and __netjob_options "$scope"
    __netjob_options ''
  else if test -z "$command"
    __netjob_words "$typed"
  else
    __netjob_offer (__netjob_operand "$command" "$position") "$current" "$operands"
  end
end

complete -c netjob -f -a '(__netjob_complete)'
