import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { alarms } from './lib/alarms.svelte';
import { guardUnsaved } from './lib/drafts.svelte';
import { live } from './lib/live.svelte';

live.start();
alarms.start();
guardUnsaved();
mount(App, { target: document.getElementById('app')! });
