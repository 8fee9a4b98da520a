// A schema with every type of field, to try the pages without a receiver.

const field = (tag, type, name, title, rest = {}) => ({
  name,
  tag,
  title,
  type,
  unit: '',
  decimals: 0,
  doc: '',
  acts: null,
  read_only: false,
  since: '0.1',
  ...rest,
});
const client = "the transmitter's MQTT client, at once";

export const schema = {
  revision: '5d2c88a1',
  protocol: 1,
  sections: [
    {
      name: 'mqtt',
      id: 1,
      title: 'MQTT',
      owner: 'transmitter',
      doc: 'Where the transmitter publishes readings.',
      rules: [{ kind: 'requires', field: 'enabled', other: 'server', doc: 'A server is needed' }],
      fields: [
        field(1, 'boolean', 'enabled', 'Enabled', { default: true, doc: 'Publish over Ethernet', acts: client }),
        field(2, 'string', 'server', 'Server', {
          max: 63,
          default: '',
          doc: 'Name or address of the broker',
          acts: client,
        }),
        field(3, 'unsigned', 'port', 'Port', {
          min: 1,
          max: 65535,
          default: 1883,
          doc: 'TCP port of the broker',
          acts: client,
        }),
        field(4, 'string', 'username', 'User name', { max: 31, default: '', acts: client }),
        field(5, 'secret', 'password', 'Password', { max: 63, doc: 'Never shown, never sent back', acts: client }),
        field(6, 'string', 'prefix', 'Topic prefix', {
          max: 31,
          default: 'battery',
          doc: 'Readings go to <prefix>/cells',
          acts: client,
        }),
      ],
    },
    {
      name: 'network',
      id: 2,
      title: 'Network',
      owner: 'transmitter',
      doc: 'Addresses of the transmitter.',
      rules: [{ kind: 'requires', field: 'mode', value: 'static', other: 'static_ip', doc: '' }],
      fields: [
        field(1, 'enum', 'mode', 'Mode', {
          values: ['dhcp', 'static'],
          default: 'dhcp',
          doc: 'How the address is found',
        }),
        field(2, 'ipv4', 'static_ip', 'Static address', { doc: 'Used where the mode is static' }),
        field(3, 'ipv4', 'gateway', 'Gateway', {}),
        field(4, 'signed', 'tx_power_dbm', 'Radio power', {
          min: -4,
          max: 20,
          unit: 'dBm',
          doc: 'Of the link to the receiver',
          acts: 'the radio, at the next start',
        }),
      ],
    },
    {
      name: 'battery',
      id: 3,
      title: 'Battery',
      owner: 'transmitter',
      doc: 'What the pack is and may do.',
      rules: [
        { kind: 'less', field: 'cell_min_mv', other: 'cell_max_mv', doc: '' },
        { kind: 'less', field: 'pack_voltage_min_dv', other: 'pack_voltage_max_dv', doc: '' },
      ],
      fields: [
        field(1, 'unsigned', 'capacity_wh', 'Capacity', {
          min: 0,
          max: 200000,
          unit: 'Wh',
          doc: 'Usable energy when new',
        }),
        field(2, 'unsigned', 'cell_min_mv', 'Lowest cell voltage', {
          min: 0,
          max: 5000,
          unit: 'mV',
          doc: 'Drawn as a limit in the chart',
          acts: 'the cell chart and alarms',
        }),
        field(3, 'unsigned', 'cell_max_mv', 'Highest cell voltage', {
          min: 0,
          max: 5000,
          unit: 'mV',
          doc: 'Drawn as a limit in the chart',
          acts: 'the cell chart and alarms',
        }),
        field(4, 'unsigned', 'pack_voltage_min_dv', 'Lowest pack voltage', {
          min: 0,
          max: 10000,
          unit: 'V',
          decimals: 1,
        }),
        field(5, 'unsigned', 'pack_voltage_max_dv', 'Highest pack voltage', {
          min: 0,
          max: 10000,
          unit: 'V',
          decimals: 1,
        }),
        field(6, 'enum', 'chemistry', 'Chemistry', { values: ['auto', 'nmc', 'lfp', 'lto'], default: 'auto' }),
      ],
    },
    {
      name: 'power_profile',
      id: 4,
      title: 'Power profile',
      owner: 'transmitter',
      doc: 'Charge power over the day.',
      rules: [],
      fields: [
        field(1, 'boolean', 'enabled', 'Enabled', {}),
        field(2, 'array', 'charge_w', 'Charge power by half hour', {
          count_max: 48,
          min: 0,
          max: 20000,
          unit: 'W',
          doc: 'One value for each half hour from midnight',
        }),
      ],
    },
    {
      name: 'metadata',
      id: 9,
      title: 'About the transmitter',
      owner: 'transmitter',
      doc: '',
      rules: [],
      fields: [
        field(1, 'string', 'device_name', 'Name', { max: 31, doc: 'Shown on every page', acts: 'the pages, at once' }),
        field(2, 'string', 'firmware', 'Firmware', { max: 15, read_only: true }),
        field(3, 'unsigned', 'flash_kb', 'Flash', { min: 0, max: 65536, unit: 'kB', read_only: true }),
      ],
    },
    {
      name: 'receiver',
      id: 64,
      title: 'Receiver',
      owner: 'receiver',
      doc: 'This device.',
      rules: [],
      fields: [
        field(1, 'string', 'device_name', 'Name', { max: 31, acts: 'the pages, at once' }),
        field(2, 'unsigned', 'web_port', 'Web port', { min: 1, max: 65535, acts: 'the web server, at the next start' }),
        field(3, 'boolean', 'persist_cache', 'Keep the cache', {
          doc: 'Off: no writes, the cache is lost at a restart',
          acts: 'the store, at once',
        }),
      ],
    },
    {
      name: 'display',
      id: 65,
      title: 'Display',
      owner: 'receiver',
      doc: 'How these pages look.',
      rules: [],
      fields: [
        field(1, 'enum', 'temperature_unit', 'Temperatures', {
          values: ['celsius', 'fahrenheit'],
          acts: 'the pages, at once',
        }),
        field(2, 'enum', 'theme', 'Theme', { values: ['auto', 'light', 'dark'], acts: 'the pages, at once' }),
        field(3, 'string', 'timezone', 'Time zone', {
          max: 47,
          doc: 'An IANA name such as Europe/Berlin',
          acts: 'the pages, at once',
        }),
      ],
    },
  ],
};
