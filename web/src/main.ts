import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { alarms } from './lib/alarms.svelte';
import { guardUnsaved } from './lib/drafts.svelte';
import { live } from './lib/live.svelte';
import { router } from './lib/router.svelte';
import { viewCode } from './lib/viewcode.svelte';

live.start();
alarms.start();
guardUnsaved();
// Nothing is drawn before the first view is here, or known not to come: what is drawn stays where it is.
void viewCode.load(router.page.name).then(() => mount(App, { target: document.getElementById('app')! }));
